/*
 * Labels, the dispatch on what the user names, FIFOs and standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sources/source.h"
#include "sources/watch.h"
#include "tap.h"

static struct source_options options;
static struct err err;
static char folder[] = "/tmp/mplog-sources-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *p = path[turn++ % 4];
	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void drop(struct source *s)
{
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options.origins, origin);
}

static struct source *open_spec(const char *spec)
{
	err = (struct err){0};
	return source_open(spec, &options, &err);
}

static void fails(const char *spec, const char *want, bool has_pos)
{
	struct source *s = open_spec(spec);
	ok(s == NULL, "%s is refused", spec);
	is_str(err.msg, strlen(err.msg), want, "with the right words");
	ok(err.has_pos == has_pos, "and the right status");
	if (s != NULL)
		drop(s);
}

/* Reads until there is nothing more at the moment or the state is one to look at. */
static enum read_state gather(struct source *s, char *text, size_t size)
{
	size_t used = strlen(text), len = 0;
	enum read_state state;
	while ((state = s->ops->read(s, text + used, size - used - 1, &len)) == READ_DATA) {
		used += len;
		text[used] = '\0';
	}
	return state;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, ms) == 1;
}

static void put(int fd, const char *text)
{
	ok(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "a writer writes");
}

static void says(const char *want, const char *name)
{
	char *line = notice_next(options.notices);
	const char *got = line != NULL ? line : "(nothing)";
	is_str(got, strlen(got), want, name);
	free(line);
}

static void test_labels(void)
{
	struct origins *o = origins_new();
	struct origin *a = origin_new(o, "api");
	struct origin *b = origin_new(o, "api");
	is_str(a->label, strlen(a->label), "api", "a label is taken as it is");
	is_str(b->label, strlen(b->label), "api#2", "a taken one is numbered");
	ok(a->index == 0 && b->index == 1, "indexes count up");
	origin_free(o, a);
	a = origin_new(o, "api");
	is_str(a->label, strlen(a->label), "api", "a label is free again");
	ok(a->index == 2, "an index is never used again");

	const char *paths[] = {"/var/log/app.log", "/srv/log/app.log", "/opt/log/app.log",
		"/opt/log/app.log", "app.log", "x//y.log"};
	const char *labels[] = {"app.log", "log/app.log", "opt/log/app.log",
		"/opt/log/app.log", "app.log#2", "y.log"};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct origin *p = origin_new_path(o, paths[i]);
		is_str(p->label, strlen(p->label), labels[i], "a path has a short label");
	}
	struct origin *many[500];
	char text[32];
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "n%d", i);
		many[i] = origin_new(o, text);
	}
	struct origin *again = origin_new(o, "n123");
	is_str(again->label, strlen(again->label), "n123#2", "found among many");
	origin_free(o, again);
	for (int i = 0; i < 500; i += 2)
		origin_free(o, many[i]);
	again = origin_new(o, "n124");
	is_str(again->label, strlen(again->label), "n124", "freed among many");
	origins_free(o);
}

static void *label_many(void *o)
{
	for (int i = 0; i < 2000; i++)
		origin_free(o, origin_new(o, "same"));
	return NULL;
}

static void test_label_threads(void)
{
	pthread_t threads[4];
	struct origins *o = origins_new();
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, label_many, o);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	struct origin *last = origin_new(o, "same");
	is_str(last->label, strlen(last->label), "same", "threads leave nothing behind");
	ok(last->index == 8000, "and count every one");
	origins_free(o);
}

static void test_dispatch(void)
{
	char want[512], spec[300];
	fails("", "'' names no source", true);
	fails("api=", "'api=' names no source", true);
	fails("tpc:9020",
		"tpc:9020: no such file, and no source begins with 'tpc:'; did you mean tcp:9020?",
		true);
	fails("x=unixgarm:/a",
		"unixgarm:/a: no such file, and no source begins with 'unixgarm:'; did you "
		"mean unixgram:/a?",
		true);
	fails("api=ssh:ls", "ssh:ls: 'ssh:' is not in this version", true);
	fails("journal:", "journal:: 'journal:' is not in this version", true);
	open_spec("gopher://host/x");
	ok(strncmp(err.msg, "gopher://host/x: no source begins with 'gopher:'; there are tcp: ",
		   65) == 0,
		"an unknown scheme is refused with the known ones");
	fails("fifo:", "fifo: needs a path, as in fifo:/tmp/app.fifo", true);

	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/sock", folder);
	ok(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "a socket is made");
	snprintf(want, sizeof(want),
		"%s is a socket; to listen there, write unix:%s (or unixgram:%s)", a.sun_path,
		a.sun_path, a.sun_path);
	fails(a.sun_path, want, true);
	close(fd);

	close(open(in_folder("plain"), O_CREAT | O_WRONLY, 0600));
	snprintf(spec, sizeof(spec), "fifo:%s", in_folder("plain"));
	snprintf(want, sizeof(want), "%s: exists and is no FIFO; name another path", in_folder("plain"));
	fails(spec, want, true);
	snprintf(spec, sizeof(spec), "fifo:%s", in_folder("none/x"));
	snprintf(want, sizeof(want), "%s: its folder does not exist; make it first",
		in_folder("none/x"));
	fails(spec, want, false);

	ok(source_looks_like("tcp:9020") && source_looks_like("-") &&
			source_looks_like("a.b-c=x") && source_looks_like("*.log") &&
			source_looks_like(folder),
		"these look like sources");
	ok(!source_looks_like("tial") && !source_looks_like("tcp") &&
			!source_looks_like("=x") && !source_looks_like("/no/such/file"),
		"these do not");
}

/* A name with "=" in it is a label only if there is no such path. */
static void test_label_or_path(void)
{
	ok(chdir(folder) == 0, "in the folder");
	ok(mkfifo("a=b", 0600) == 0 && mkfifo("b", 0600) == 0, "two FIFOs");
	struct source *s = open_spec("a=b");
	ok(s != NULL && strcmp(s->origin->label, "a=b") == 0, "a path with = is a path");
	drop(s);
	s = open_spec("c=b");
	ok(s != NULL && strcmp(s->origin->label, "c") == 0, "else it is a label");
	ok(s->ops == &source_fifo && s->fd >= 0, "a FIFO is known by what it is");
	drop(s);
	ok(access("b", F_OK) == 0, "what was there stays there");
	unlink("a=b");
	unlink("b");
	ok(chdir("/") == 0, "out of the folder");
}

static void test_fifo_comes_and_goes(void)
{
	char text[100] = "", spec[300];
	struct stat st;
	const char *path = in_folder("f");
	options.follow = true;
	snprintf(spec, sizeof(spec), "fifo:%s", path);
	mode_t old = umask(0);
	struct source *s = open_spec(spec);
	umask(old);
	ok(s != NULL && s->live, "a missing FIFO is made");
	ok(stat(path, &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0600,
		"for the user alone");
	is_str(s->origin->label, strlen(s->origin->label), "f", "its label is its name");
	ok(!readable(s->fd, 0), "it is quiet before the first writer");
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "there is nothing");

	for (int i = 0; i < 3; i++) {
		int fd = open(path, O_WRONLY | O_NONBLOCK);
		ok(fd >= 0, "a writer comes");
		ok(!readable(s->fd, 0), "it is quiet while he says nothing");
		put(fd, "one\ntw");
		text[0] = '\0';
		ok(readable(s->fd, 0), "it is readable");
		ok(gather(s, text, sizeof(text)) == READ_AGAIN, "the writer is there");
		is_str(text, strlen(text), "one\ntw", "what he wrote is read");
		close(fd);
		ok(readable(s->fd, 0), "his going wakes");
		ok(gather(s, text, sizeof(text)) == READ_RESET, "and is the end of his text");
		ok(!readable(s->fd, 0), "it is quiet again");
		ok(gather(s, text, sizeof(text)) == READ_AGAIN, "and waits");
	}
	close(open(path, O_WRONLY | O_NONBLOCK));
	ok(readable(s->fd, 0), "one who writes nothing wakes, too");
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "but it means nothing");
	ok(!readable(s->fd, 0), "it is quiet after him");

	int first = open(path, O_WRONLY | O_NONBLOCK), second = open(path, O_WRONLY);
	put(first, "a\n");
	close(first);
	put(second, "b\n");
	text[0] = '\0';
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "one of two writers has left");
	is_str(text, strlen(text), "a\nb\n", "and nothing of theirs is lost");
	close(second);
	drop(s);
	ok(access(path, F_OK) != 0, "what was made is removed");
	ok(notice_next(options.notices) == NULL, "and nothing was worth a word");
}

static void test_fifo_made_anew(void)
{
	char text[100] = "", want[300];
	char path[200];
	snprintf(path, sizeof(path), "%s/anew", folder);
	mkfifo(path, 0600);
	options.follow = true;
	struct source *s = open_spec(path);
	struct watch *w = watch_new(options.notices);
	s->ops->attach(s, w);
	int fd = open(path, O_WRONLY | O_NONBLOCK);
	put(fd, "old\n");
	unlink(path);
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "unlinked, its writer goes on");
	put(fd, "older\n");
	usleep(120000);
	mkfifo(path, 0600);
	ok(gather(s, text, sizeof(text)) == READ_RESET, "made anew, it is opened");
	is_str(text, strlen(text), "old\nolder\n", "after all that was in the old one");
	snprintf(want, sizeof(want), "%s: a new FIFO has taken its place", path);
	says(want, "and that is said");
	close(fd);
	fd = open(path, O_WRONLY | O_NONBLOCK);
	put(fd, "new\n");
	text[0] = '\0';
	ok(readable(s->fd, 0) && gather(s, text, sizeof(text)) == READ_AGAIN, "read");
	is_str(text, strlen(text), "new\n", "the new one is read");

	unlink(path);
	close(fd);
	ok(gather(s, text, sizeof(text)) == READ_RESET, "unlinked and its writer gone");
	snprintf(want, sizeof(want), "%s: the FIFO is gone, waiting for a new one", path);
	says(want, "that is said");
	ok(!readable(s->fd, 0), "it is quiet without a FIFO");
	usleep(120000);
	mkfifo(path, 0600);
	ok(readable(watch_fd(w), 1000), "the watch sees the new one");
	ok(gather(s, text, sizeof(text)) == READ_RESET, "it is opened");
	snprintf(want, sizeof(want), "%s: the FIFO is back", path);
	says(want, "and that is said");
	fd = open(path, O_WRONLY | O_NONBLOCK);
	put(fd, "back\n");
	text[0] = '\0';
	gather(s, text, sizeof(text));
	is_str(text, strlen(text), "back\n", "and read");
	close(fd);
	drop(s);
	watch_free(w);
	ok(access(path, F_OK) == 0, "it is not ours to remove");
	unlink(path);
}

static void test_fifo_finite(void)
{
	char text[100] = "";
	const char *path = in_folder("finite");
	mkfifo(path, 0600);
	options.follow = false;
	struct source *s = open_spec(path);
	ok(s != NULL && !s->live, "a FIFO that is read to its end");
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "waits for its first writer");
	ok(!readable(s->fd, 0), "and is quiet");
	int fd = open(path, O_WRONLY | O_NONBLOCK);
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "waits while he is silent");
	put(fd, "all\n");
	close(fd);
	ok(readable(s->fd, 0), "wakes");
	ok(gather(s, text, sizeof(text)) == READ_EOF, "and ends when he leaves");
	is_str(text, strlen(text), "all\n", "with all that he wrote");
	drop(s);
	s = open_spec(path);
	close(open(path, O_WRONLY | O_NONBLOCK));
	ok(readable(s->fd, 0) && gather(s, text, sizeof(text)) == READ_EOF,
		"a writer who writes nothing is the end, too");
	drop(s);
	unlink(path);
}

/* As a shell's <(command) gives it, with a command that has ended already. */
static void test_anonymous_pipe(void)
{
	for (int follow = 0; follow < 2; follow++) {
		int ends[2];
		char text[100] = "", spec[40];
		options.follow = follow;
		ok(pipe(ends) == 0, "a pipe");
		snprintf(spec, sizeof(spec), "/dev/fd/%d", ends[0]);
		close(ends[1]);
		struct source *s = open_spec(spec);
		is_str(s->origin->label, strlen(s->origin->label), spec, "its label");
		ok(readable(s->fd, 0), "whose writer is gone is readable");
		ok(gather(s, text, sizeof(text)) == READ_EOF, "and has ended");
		drop(s);
		close(ends[0]);

		ok(pipe(ends) == 0, "another");
		snprintf(spec, sizeof(spec), "p=/dev/fd/%d", ends[0]);
		s = open_spec(spec);
		ok(gather(s, text, sizeof(text)) == READ_AGAIN, "whose writer is there waits");
		ok(!readable(s->fd, 0), "quietly");
		put(ends[1], "x\n");
		close(ends[1]);
		ok(readable(s->fd, 0) && gather(s, text, sizeof(text)) == READ_EOF, "to its end");
		is_str(text, strlen(text), "x\n", "with all of it");
		drop(s);
		close(ends[0]);
	}
}

static struct source *open_as_stdin(int fd)
{
	dup2(fd, STDIN_FILENO);
	return open_spec("-");
}

static void test_stdin(void)
{
	int ends[2];
	char text[100] = "";
	options.follow = false;
	ok(pipe(ends) == 0, "a pipe");
	struct source *s = open_as_stdin(ends[0]);
	close(ends[0]);
	ok(s != NULL && s->fd > 2, "standard input is opened");
	is_str(s->origin->label, strlen(s->origin->label), "stdin", "its label");
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "a silent pipe");
	ok((fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK) == 0, "is left as it was");
	put(ends[1], "x\ny");
	ok(readable(s->fd, 0) && gather(s, text, sizeof(text)) == READ_AGAIN, "is read");
	close(ends[1]);
	ok(readable(s->fd, 0), "its end wakes");
	ok(gather(s, text, sizeof(text)) == READ_EOF, "and is the end");
	is_str(text, strlen(text), "x\ny", "all of it");
	drop(s);

	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "a socket");
	s = open_as_stdin(ends[0]);
	close(ends[0]);
	text[0] = '\0';
	ok(gather(s, text, sizeof(text)) == READ_AGAIN, "that is silent does not block");
	put(ends[1], "z");
	close(ends[1]);
	ok(gather(s, text, sizeof(text)) == READ_EOF, "is read to its end");
	is_str(text, strlen(text), "z", "all of it");
	drop(s);

	int fd = open(in_folder("in"), O_CREAT | O_RDWR, 0600);
	put(fd, "one\ntwo\n");
	lseek(fd, 4, SEEK_SET);
	s = open_as_stdin(fd);
	close(fd);
	text[0] = '\0';
	ok(s->fd == -1 && gather(s, text, sizeof(text)) == READ_EOF, "a file has an end");
	is_str(text, strlen(text), "two\n", "and is read from where it stands");
	drop(s);

	fd = open("/dev/null", O_RDONLY);
	s = open_as_stdin(fd);
	ok(s->fd == -1 && gather(s, text, sizeof(text)) == READ_EOF, "/dev/null is empty");
	drop(s);
	close(fd);

	fd = open(folder, O_RDONLY);
	dup2(fd, STDIN_FILENO);
	close(fd);
	fails("-", "standard input: it is a directory", false);
	close(STDIN_FILENO);
	fails("-", "standard input: it is closed", false);
	fd = open("/dev/null", O_RDONLY);
	ok(fd == STDIN_FILENO, "standard input is back");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		return 1;
	options = (struct source_options){
		.notices = notices_new(), .origins = origins_new(), .max_frame = 65536};
	test_labels();
	test_label_threads();
	test_dispatch();
	test_label_or_path();
	test_fifo_comes_and_goes();
	test_fifo_made_anew();
	test_fifo_finite();
	test_anonymous_pipe();
	test_stdin();
	char *line = notice_next(options.notices);
	ok(line == NULL, "nothing is left to say%s%s", line ? ": " : "", line ? line : "");
	free(line);
	origins_free(options.origins);
	notices_free(options.notices);
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ok(system(command) == 0, "cleaned up");
	return done_testing();
}
