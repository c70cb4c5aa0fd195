/*
 * Regular files that are read once: how they are opened, and refused.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "filekit.h"

static void test_once(void)
{
	struct kit k = kit_new(false);
	put("a.log", "one\ntwo\nthree");
	struct source *s = kit_open(&k, "a.log");
	must(s != NULL);
	ok(s->fd == -1 && !s->live && s->next == NULL,
		"one finite source without a descriptor");
	is_str(s->origin->label, strlen(s->origin->label), "a.log", "called by its name");
	ok(kit_read(&k, s, 4) == READ_EOF, "read to its end");
	got_is(&k, "one\ntwo\nthree", "every byte");
	ok(kit_read(&k, s, 4) == READ_EOF, "the end stays the end");
	uint64_t size = 0;
	ok(s->ops->seek(s, 4, &size) && size == 13, "its size is known");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "two\nthree", "read from the middle");
	ok(s->ops->seek(s, 99, &size) && kit_read(&k, s, 100) == READ_EOF,
		"nothing behind it");
	source_close(s);
	s = source_file.open("a.log", "web", &k.options, &k.err);
	ok(s != NULL, "a closed file that nobody else reads with it can be opened again");
	is_str(s->origin->label, strlen(s->origin->label), "web",
		"called as the user says");
	source_close(s);
	said_is(&k, "", "nothing to say");
	kit_free(&k);
}

static void refused(struct kit *k, const char *spec, const char *why)
{
	ok(kit_open(k, spec) == NULL && !k->err.has_pos, "%s is refused", spec);
	is_str(k->err.msg, strlen(k->err.msg), why, why);
}

static void test_refused(void)
{
	struct kit k = kit_new(false);
	must(mkdir("empty", 0755) == 0 && mkfifo("fifo", 0600) == 0);
	must(symlink("/dev/zero", "zero") == 0 && symlink("loop", "loop") == 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	refused(&k, "none.log", "none.log: no such file; check the name");
	refused(&k, "zero",
		"zero: is a device; mplog reads regular files, FIFOs and what it listens on");
	refused(&k, "sock",
		"sock: is a socket; mplog reads regular files, FIFOs and what it listens on");
	refused(&k, "fifo",
		"fifo: is a FIFO; mplog reads regular files, FIFOs and what it listens on");
	refused(&k, "loop", "loop: Too many levels of symbolic links");
	refused(&k, "no/*.log", "no file matches 'no/*.log'; name files or another glob");
	refused(&k, "empty", "empty: no *.log files in it; name files or another glob");
	k.options.follow = true;
	refused(&k, "none.log",
		"none.log: no such file; check the name, or use --wait to wait for it");
	said_is(&k, "", "the reasons are errors, not notices");
	close(fd);
	kit_free(&k);
}

static void test_permission(void)
{
	struct kit k = kit_new(false);
	put("secret.log", "s\n");
	must(chmod("secret.log", 0) == 0 && chmod(".", 0755) == 0);
	bool root = geteuid() == 0;
	must(!root || seteuid(65534) == 0);
	refused(&k, "secret.log",
		"secret.log: permission denied; run mplog as a user who may read it");
	refused(&k, "sec*", "");
	said_is(&k,
		"secret.log: permission denied; run mplog as a user who may read it\n",
		"of a match it is said by a notice");
	must(!root || seteuid(0) == 0);
	kit_free(&k);
}

static void test_same_file(void)
{
	struct kit k = kit_new(false);
	put("a.log", "a\n");
	put("twin.log", "a\n");
	must(link("a.log", "hard.log") == 0 && symlink("a.log", "soft.log") == 0);
	struct source *a = kit_open(&k, "a.log");
	must(a != NULL);
	refused(&k, "hard.log", "");
	refused(&k, "soft.log", "");
	refused(&k, "./a.log", "");
	struct source *twin = kit_open(&k, "*.log");
	ok(twin != NULL && twin->next == NULL, "only what is another file");
	is_str(twin->origin->label, strlen(twin->origin->label), "twin.log",
		"though its content is the same");
	kit_read(&k, twin, 100);
	source_close(twin);
	refused(&k, "twin.log", "");
	source_close(a);
	kit_free(&k);
}

static unsigned count(const struct source *s)
{
	unsigned n = 0;
	for (; s != NULL; s = s->next)
		n++;
	return n;
}

static void read_list(struct kit *k, struct source *s)
{
	for (struct source *next; s != NULL; s = next) {
		next = s->next;
		buf_printf(&k->got, "[%s]", s->origin->label);
		kit_read(k, s, 100);
		source_close(s);
	}
}

static void test_glob(void)
{
	struct kit k = kit_new(false);
	must(mkdir("d", 0755) == 0 && mkdir("d/sub.log", 0755) == 0);
	must(mkfifo("d/f.log", 0600) == 0 && symlink("/dev/zero", "d/z.log") == 0);
	must(symlink("gone", "d/dangling.log") == 0);
	put("d/b.log", "bb");
	put("d/a.log", "aa");
	put("d/c.txt", "cc");
	put("d/.hidden.log", "no");
	put("d/a[1].log", "brackets");
	struct source *list = kit_open(&k, "d/[ab].*");
	ok(count(list) == 2, "the files that match");
	read_list(&k, list);
	got_is(&k, "[a.log]aa[b.log]bb", "in the order of their names");
	kit_clear(&k);
	said_is(&k, "", "nothing to say of them");
	read_list(&k, kit_open(&k, "d"));
	got_is(&k, "[d/a.log]aa[a[1].log]brackets[d/b.log]bb", "a folder is its *.log");
	said_is(&k,
		"d/f.log: is a FIFO; left out, name it itself to read it\n"
		"d/z.log: is a device; left out\n",
		"what can't be read is said");
	kit_clear(&k);
	read_list(&k, kit_open(&k, "d/a[1].log"));
	got_is(&k, "[d/a[1].log]brackets", "a name with wildcards in it is a name");
	must(rename("d", "e[x]") == 0);
	kit_clear(&k);
	read_list(&k, kit_open(&k, "e[x]/"));
	got_is(&k, "[e[x]/a.log]aa[e[x]/a[1].log]brackets[e[x]/b.log]bb",
		"so is a folder's");
	list = source_file.open("e?x?/?.log", "app", &k.options, &k.err);
	kit_clear(&k);
	read_list(&k, list);
	got_is(&k, "[app]aa[app#2]bb", "the user's label for several");
	kit_free(&k);
}

static void test_big(void)
{
	struct kit k = kit_new(false);
	const uint64_t gib = UINT64_C(1) << 30;
	put("big.log", "head\n");
	must(truncate("big.log", (off_t)(5 * gib)) == 0);
	put("big.log", "tail\n");
	struct source *s = kit_open(&k, "big.log");
	uint64_t size = 0;
	ok(s->ops->seek(s, 5 * gib - 2, &size) && size == 5 * gib + 5,
		"sizes above 4 GiB");
	kit_read(&k, s, 3);
	ok(k.got.len == 7 && memcmp(k.got.ptr, "\0\0tail\n", 7) == 0,
		"offsets above 4 GiB");
	source_close(s);
	kit_free(&k);
}

static void test_compressed(void)
{
	struct kit k = kit_new(false);
	put("a.gz", "\x1f\x8b\x08 and so on");
	put("b.log", "\x1f");
	source_close(kit_open(&k, "a.gz"));
	source_close(kit_open(&k, "b.log"));
	said_is(&k, "a.gz: is gzip-compressed; this version reads it as it is\n",
		"compressed files are told by their content");
	kit_free(&k);
}

int main(void)
{
	test_once();
	test_refused();
	test_permission();
	test_same_file();
	test_glob();
	test_big();
	test_compressed();
	return done_testing();
}
