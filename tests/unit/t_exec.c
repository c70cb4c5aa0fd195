/*
 * Programs that mplog starts: how they are called, what they are given, what comes from
 * them, and how they end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "sources/exec_crew.h"
#include "sources/exec_door.h"
#include "sources/exec_name.h"
#include "sources/exec_output.h"
#include "sources/source.h"
#include "sources/spawn.h"
#include "sources/spawn_keeper.h"
#include "tap.h"

#define SOURCES 32
#define TEXT 65536

static struct source_options options;
static struct err err;
static char signals[1024]; /* as this program was given them */

/* What has come of one source. */
struct heard {
	struct source *source;
	char label[64];
	char text[TEXT]; /* resets are shown as "|", messages as "<...>" */
	size_t len;
	bool ended;
	bool failed;
};

static struct heard heard[SOURCES];
static size_t heard_count;

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

static void listen_to(struct source *list)
{
	for (struct source *next; list != NULL; list = next) {
		struct heard *h = &heard[heard_count++];
		next = list->next;
		*h = (struct heard){.source = list};
		snprintf(h->label, sizeof(h->label), "%s",
			list->origin != NULL ? list->origin->label : "");
	}
}

/* Reads what there is; false if there was nothing. */
static bool hear(struct heard *h)
{
	struct source *s = h->source;
	size_t len = 0;
	if (s->ops->read == NULL) {
		struct source *next = s->ops->accept(s);
		if (next != NULL)
			listen_to(next);
		h->ended = s->ended;
		return next != NULL || h->ended;
	}
	switch (s->ops->read(s, h->text + h->len, TEXT - 3 - h->len, &len)) {
	case READ_FRAME:
		memmove(h->text + h->len + 1, h->text + h->len, len);
		h->text[h->len] = '<';
		h->text[h->len + len + 1] = '>';
		h->len += len + 2;
		return true;
	case READ_DATA:
		h->len += len;
		return true;
	case READ_RESET:
		h->text[h->len++] = '|';
		return true;
	case READ_EOF:
		h->ended = true;
		return true;
	case READ_ERROR:
		h->ended = h->failed = true;
		return true;
	case READ_AGAIN:
	default:
		return false;
	}
}

/* Hears them for MS at most; true if all have ended. */
static bool hear_all(int ms)
{
	int64_t until = now_ms() + ms;
	bool all = false;
	while (!all && now_ms() < until) {
		bool any = false;
		all = true;
		for (size_t i = 0; i < heard_count; i++) {
			any |= !heard[i].ended && hear(&heard[i]);
			all &= heard[i].ended;
		}
		if (!any && !all)
			pause_ms(2);
	}
	return all;
}

static const char *said_by(const char *label)
{
	for (size_t i = 0; i < heard_count; i++) {
		if (strcmp(heard[i].label, label) == 0)
			return heard[i].text;
	}
	return "(no such source)";
}

static void drop_all(void)
{
	for (size_t i = 0; i < heard_count; i++) {
		struct origin *origin = heard[i].source->origin;
		source_close(heard[i].source);
		if (origin != NULL)
			origin_free(options.origins, origin);
	}
	heard_count = 0;
	for (char *line; (line = notice_next(options.notices)) != NULL;)
		free(line);
}

static void same(const char *got, const char *want, const char *name)
{
	is_str(got, strlen(got), want, name);
}

static void has(const char *text, const char *part)
{
	char name[128];
	snprintf(name, sizeof(name), "%s", part);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '\n' ? '$' : *c;
	if (!ok(strstr(text, part) != NULL, "has %s", name))
		printf("# in %s\n", text);
}

/* A crew of shell lines, "name" then line, NULL at the end; heard from now on. */
static struct crew *start(const struct crew_options *how, const char *const *lines)
{
	struct crew *c = crew_new(&options, how);
	for (; *lines != NULL; lines += 2) {
		char *argv[4];
		exec_shell(lines[1], argv);
		ok(crew_add(c, lines[0], argv), "%s is taken", lines[0]);
	}
	struct source *list = crew_open(c, &err);
	ok(list != NULL, "the crew is open");
	listen_to(list);
	return c;
}

static void test_names(void)
{
	static const char *const cases[][2] = {
		{"python -u worker.py", "worker"},
		{"/usr/bin/python3.11 -u /srv/api.py --port 80", "api"},
		{"python -m http.server 8000", "http.server"},
		{"python -c 'import time'", "python"},
		{"PORT=80 LOG=x exec ./server --x", "server"},
		{"env -i A=b node index.js", "index"},
		{"nginx -g daemon", "nginx"},
		{"while :; do date; done", "sh"},
		{"FOO=1", "FOO=1"},
		{"'", "command"},
		{"a/", "a/"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *argv[4], name[EXEC_NAME_MAX];
		exec_shell(cases[i][0], argv);
		exec_name(argv, name);
		same(name, cases[i][1], cases[i][0]);
	}
}

/* Runs LINE with its output into TEXT; its wait status. */
static int run_line(const char *line, const char *variable, char *text)
{
	char *argv[4];
	int fds[2], status = -1;
	size_t len = 0;
	exec_shell(line, argv);
	ok(pipe2(fds, O_CLOEXEC) == 0, "a pipe");
	struct spawn s = {
		.argv = argv, .variable = variable, .output = fds[1], .errors = fds[1]};
	pid_t pid = spawn_start(&s);
	ok(pid > 0, "it runs: %s", line);
	close(fds[1]);
	for (ssize_t n; (n = read(fds[0], text + len, TEXT - 1 - len)) > 0;)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	return status;
}

static void test_spawn(void)
{
	static char text[TEXT];
	sigset_t set;
	struct rlimit before, limit;
	setenv("MPLOG_TEST", "before", 1);
	getrlimit(RLIMIT_NOFILE, &before);
	spawn_remember();
	setenv("MPLOG_TEST", "after", 1);
	setenv("MPLOG_SECOND", "after", 1);
	limit = before;
	limit.rlim_cur = before.rlim_cur > 100 ? before.rlim_cur - 7 : before.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);

	run_line("echo $MPLOG_TEST-$MPLOG_SECOND-$X", "X=ours", text);
	same(text, "before--ours\n", "the environment that mplog was given, and one more");
	run_line("echo $MPLOG_TEST", "MPLOG_TEST=ours", text);
	same(text, "ours\n", "which replaces another of its name");
	run_line("ulimit -n", NULL, text);
	ok((rlim_t)atoll(text) == before.rlim_cur, "its limit of descriptors");
	int ours = fcntl(0, F_DUPFD_CLOEXEC, 77);
	run_line("echo /proc/self/fd/*; readlink /proc/self/fd/0", NULL, text);
	ok(ours == 77 && strstr(text, "/fd/77") == NULL, "no descriptor of ours");
	has(text, "\n/dev/null\n");
	close(ours);
	run_line("grep -E '^Sig(Blk|Ign)' /proc/self/status | grep -o '.......$'", NULL, text);
	same(text, signals, "the signals that are blocked and ignored");
	run_line("set -- $(cat /proc/$$/stat); [ $1 = $5 ] && echo leader", NULL, text);
	same(text, "leader\n", "a process group of its own");
	int status = run_line("exit 3", NULL, text);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 3, "its status");
	setrlimit(RLIMIT_NOFILE, &before);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void test_spawn_fails(void)
{
	char missing[] = "no-such-program-of-mplog", folder[] = "/tmp", plain[] = "/etc/passwd";
	char empty[] = "";
	char *names[] = {missing, folder, plain, empty};
	static const int want[] = {ENOENT, EACCES, EACCES, ENOENT};
	for (int i = 0; i < 4; i++) {
		char *argv[2] = {names[i], NULL};
		struct spawn s = {.argv = argv, .output = 1, .errors = 2};
		ok(spawn_start(&s) == -1 && errno == want[i], "'%s' is refused", names[i]);
	}
}

static void test_group_runs(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		_exit(0);
	}
	setpgid(pid, pid);
	siginfo_t info;
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	ok(kill(-pid, 0) == 0, "a dead group that nobody has waited for is there");
	ok(!spawn_group_runs(pid), "and does not run");
	waitpid(pid, NULL, 0);
	ok(!spawn_group_runs(pid), "nor once it is gone");
	ok(spawn_group_runs(getpgrp()), "our own runs");
}

static pid_t start_sleeper(const char *line)
{
	char *argv[4];
	exec_shell(line, argv);
	struct spawn s = {.argv = argv, .output = 1, .errors = 2};
	return spawn_start(&s);
}

static bool gone_within(pid_t group, int ms)
{
	for (int64_t until = now_ms() + ms; now_ms() < until; pause_ms(5)) {
		waitpid(-group, NULL, WNOHANG);
		if (!spawn_group_runs(group))
			return true;
	}
	return false;
}

static void test_keeper(void)
{
	char path[] = "/tmp/mplog-keeper-XXXXXX";
	close(mkstemp(path));
	struct keeper *k = keeper_new();
	pid_t kept = start_sleeper("sleep 100 & sleep 100");
	pid_t let_go = start_sleeper("sleep 100");
	pid_t stopped = start_sleeper("kill -STOP $$; sleep 100");
	keeper_remove(k, path);
	keeper_hold(k, kept);
	keeper_hold(k, let_go);
	keeper_hold(k, stopped);
	keeper_let_go(k, let_go);
	keeper_free(k);
	ok(gone_within(kept, 4000), "what it holds is ended, with what that has started");
	ok(gone_within(stopped, 4000), "also if it was stopped");
	ok(spawn_group_runs(let_go), "what it has let go is not");
	ok(access(path, F_OK) != 0, "a file is removed");
	kill(-let_go, SIGKILL);
	waitpid(let_go, NULL, 0);

	k = keeper_new();
	pid_t deaf = start_sleeper("trap '' TERM; while :; do sleep 0.05; done");
	pause_ms(50);
	keeper_hold(k, deaf);
	keeper_hurry(k);
	keeper_free(k);
	ok(gone_within(deaf, 2000), "in a hurry nobody is asked");
}

static const struct source_ops plain_output = {
	.name = "exec", .read = exec_output_read, .close = exec_output_close};

static void test_output(void)
{
	struct meter *meter = meter_new();
	int news, first[2], second[2];
	struct source *s = exec_output_new(
		&plain_output, &options, "out", meter, true, &news, &err);
	listen_to(s);
	ok(!hear(&heard[0]), "nothing yet");
	ok(pipe2(first, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe");
	exec_output_say(news, "one", 3);
	atomic_fetch_add(&meter->reading, 1);
	exec_output_open(news, first[0], false);
	ok(write(first[1], "half", 4) == 4, "a program writes");
	hear_all(50);
	same(heard[0].text, "<one>half", "a line of ours, then the program's");
	exec_output_say(news, "two", 3);
	hear_all(50);
	same(heard[0].text, "<one>half<two>", "ours stand apart");
	ok(write(first[1], " rest\n", 6) == 6, "it goes on");
	close(first[1]);
	hear_all(50);
	same(heard[0].text, "<one>half<two> rest\n|", "and ends");
	ok(atomic_load(&meter->reading) == 0, "which is counted");

	ok(pipe2(second, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe");
	atomic_fetch_add(&meter->reading, 1);
	exec_output_open(news, second[0], false);
	ok(write(second[1], "last\n", 5) == 5, "another one writes");
	exec_output_leave(news);
	exec_output_end(news, false);
	ok(hear_all(1000) && !heard[0].failed, "left while it is open");
	same(heard[0].text, "<one>half<two> rest\n|last\n|", "with all that was in it");
	close(second[1]);
	meter_release(meter);
	drop_all();
}

/* What comes of BYTES that a program writes to a terminal, read in pieces of CAP. */
static void terminal(const char *bytes, size_t cap, const char *want)
{
	struct meter *meter = meter_new();
	int news, fds[2];
	char text[256];
	size_t len = 0, used = 0;
	struct source *s = exec_output_new(
		&plain_output, &options, "out", meter, true, &news, &err);
	ok(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe");
	atomic_fetch_add(&meter->reading, 1);
	exec_output_open(news, fds[0], true);
	ok(write(fds[1], bytes, strlen(bytes)) == (ssize_t)strlen(bytes), "it is written");
	while (s->ops->read(s, text + used, cap, &len) == READ_DATA)
		used += len;
	is_str(text, used, want, "the ends of lines");
	close(fds[1]);
	exec_output_end(news, false);
	struct origin *origin = s->origin;
	source_close(s);
	origin_free(options.origins, origin);
	meter_release(meter);
}

static void test_terminal_ends(void)
{
	for (size_t cap = 1; cap < 9; cap++) {
		terminal("a\r\nb\r\n", cap, "a\nb\n");
		terminal("\r10%\r20%\r\nc", cap, "10%\n20%\nc");
		terminal("a\r\r\n\r\nb\n\nc\n", cap, "a\n\nb\n\nc\n");
		terminal("\r\r\r", cap, "");
	}
}

static void test_crew(void)
{
	static const char *const lines[] = {"good", "echo out; echo err >&2; echo out2",
		"bad", "printf half; exit 3", "killed", "kill -9 $$", NULL};
	struct crew_options how = {.live = true, .records = true};
	struct crew *c = start(&how, lines);
	ok(hear_all(10000), "all have ended");
	ok(crew_over(c), "it is over");
	ok(crew_status(c) == 3 || crew_status(c) == 137, "the status of one that failed");
	has(said_by("good"), " - mplog.run - INFO - good: started, pid ");
	has(said_by("good"), ": echo out; echo err >&2; echo out2>out\nout2\n|<");
	has(said_by("good"), " - mplog.run - INFO - good: ended with status 0 after 0.");
	same(said_by("good:err"), "err\n|", "standard error is another source");
	has(said_by("bad"), ">half|<");
	has(said_by("bad"), " - mplog.run - ERROR - bad: ended with status 3 after 0.");
	has(said_by("killed"),
		" - mplog.run - WARNING - killed: ended by signal 9 (SIGKILL) after 0.");
	crew_release(c);
	drop_all();
}

static void test_missing(void)
{
	char missing[] = "no-such-program-of-mplog";
	char *argv[2] = {missing, NULL};
	struct crew_options how = {.live = true, .records = true};
	struct crew *c = crew_new(&options, &how);
	crew_add(c, "it", argv);
	listen_to(crew_open(c, &err));
	ok(hear_all(5000), "it ends");
	has(said_by("it"), " - mplog.run - ERROR - it: cannot start "
			   "no-such-program-of-mplog: no such program>");
	ok(crew_status(c) == 127, "with a shell's status");
	crew_release(c);
	drop_all();
}

static void test_restart(void)
{
	static const char *const lines[] = {"it", "echo try; exit 1", NULL};
	struct crew_options how = {.live = true, .records = true, .restart = CREW_FAILED};
	struct crew *c = start(&how, lines);
	ok(!hear_all(1500), "it goes on");
	has(said_by("it"), ">try\n|<");
	has(said_by("it"), "ended with status 1 after 0.0 s; again in 1 s><");
	has(said_by("it"), "ended with status 1 after 0.0 s; again in 2 s>");
	crew_stop(c, SIGTERM);
	ok(hear_all(2000), "until it is told to stop");
	ok(crew_status(c) == 0, "and has not failed then");
	crew_release(c);
	drop_all();
}

static void test_stop(void)
{
	static const char *const lines[] = {"a", "trap 'echo caught; exit 0' INT; "
						 "while :; do sleep 0.02; done",
		"b", "sleep 100 & sleep 100", "deaf",
		"trap '' INT TERM; while :; do sleep 0.02; done", NULL};
	struct crew_options how = {.live = true, .records = true};
	struct crew *c = start(&how, lines);
	hear_all(200);
	crew_stop(c, SIGINT);
	ok(!hear_all(500), "one is deaf");
	has(said_by("a"), "caught\n|<");
	has(said_by("b"), "ended by signal 2 (SIGINT)");
	crew_stop(c, SIGINT);
	ok(!hear_all(200), "also for TERM");
	crew_stop(c, SIGINT);
	ok(hear_all(2000), "but not for KILL");
	has(said_by("deaf"), "ended by signal 9 (SIGKILL)");
	ok(crew_status(c) == 0, "nobody has failed of himself");
	crew_release(c);
	drop_all();
}

static void test_fail_fast(void)
{
	static const char *const lines[] = {
		"long", "sleep 100", "short", "sleep 0.1; exit 5", NULL};
	struct crew_options how = {.live = true, .records = true, .fail_fast = true};
	struct crew *c = start(&how, lines);
	ok(hear_all(3000), "all end with the one that fails");
	ok(crew_status(c) == 5, "with its status");
	crew_release(c);
	drop_all();
}

static void test_rest(void)
{
	static const char *const lines[] = {"it", "sleep 0.5 && echo later & echo now", "quiet",
		"sleep 100 >/dev/null 2>&1 &", NULL};
	struct crew_options how = {.live = true, .records = true};
	int64_t began = now_ms();
	struct crew *c = start(&how, lines);
	ok(hear_all(4000), "both end");
	has(said_by("it"), "ended with status 0");
	has(said_by("it"), "later\n|");
	ok(now_ms() - began >= 500, "not before the output has");
	ok(crew_status(c) == 0, "well");
	crew_release(c);
	drop_all();
}

static void test_terminal(void)
{
	static const char *const lines[] = {"it",
		"[ -t 1 ] && [ -t 2 ] && echo tty; stty size </dev/tty; echo err >&2", NULL};
	struct crew_options how = {.live = true, .records = true, .terminal = true};
	struct crew *c = start(&how, lines);
	ok(hear_all(5000), "it ends");
	has(said_by("it"), ">tty\n");
	has(said_by("it"), "\nerr\n|<");
	ok(strchr(said_by("it"), '\r') == NULL, "no carriage returns");
	same(said_by("it:err"), "(no such source)", "one source for both");
	crew_release(c);
	drop_all();
}

static void test_door(void)
{
	static const char *const lines[] = {
		"it", "echo $MPLOG_SOCKET; while [ ! -e $MPLOG_SOCKET.go ]; do sleep 0.01; done",
		NULL};
	struct crew_options how = {.live = true, .records = true, .doors = true};
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char go[DOOR_PATH_MAX + 4];
	struct stat st;
	struct crew *c = start(&how, lines);
	hear_all(300);
	const char *path = strstr(said_by("it"), ">/");
	ok(path != NULL, "it is told of a socket");
	if (path == NULL)
		return;
	snprintf(a.sun_path, sizeof(a.sun_path), "%.*s", (int)strcspn(path + 1, "\n"), path + 1);
	ok(stat(a.sun_path, &st) == 0 && (st.st_mode & 0777) == 0600, "of mode 0600");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ok(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "that can be connected to");
	ok(write(fd, "2026-01-01 hello\n", 17) == 17, "and written to");
	close(fd);
	snprintf(go, sizeof(go), "%s.go", a.sun_path);
	close(open(go, O_CREAT | O_CLOEXEC, 0600));
	ok(hear_all(5000), "it ends, and its socket with it");
	same(said_by("it:log#1"), "2026-01-01 hello\n", "what came");
	crew_release(c);
	drop_all();
	ok(stat(a.sun_path, &st) != 0, "it is removed");
	unlink(go);
}

static void test_exec(void)
{
	static const char *const cases[][3] = {
		{"exec:echo hello", "echo", "hello\n|"},
		{"name=exec:echo a; echo b", "name", "a\nb\n|"},
		{"exec:printf half", "printf", "half|"},
	};
	for (size_t i = 0; i < 3; i++) {
		struct source *list = source_open(cases[i][0], &options, &err);
		ok(list != NULL, "%s opens", cases[i][0]);
		listen_to(list);
		ok(hear_all(5000) && !heard[0].failed, "ends well");
		same(said_by(cases[i][1]), cases[i][2], cases[i][0]);
		drop_all();
	}
	listen_to(source_open("exec:exit 4", &options, &err));
	ok(hear_all(5000) && heard[0].failed, "a command that fails is a source that failed");
	char *line = notice_next(options.notices);
	has(line != NULL ? line : "", "exit: ended with status 4 after 0.");
	free(line);
	drop_all();
	err = (struct err){0};
	ok(source_open("exec: ", &options, &err) == NULL && err.has_pos, "no command");
	same(err.msg, "exec: needs a command, as in exec:'journalctl -f'", "what is said");
}

static void test_close(void)
{
	listen_to(source_open("exec:sleep 100 & echo $$; sleep 100", &options, &err));
	hear_all(200);
	pid_t pid = (pid_t)atoi(said_by("sleep"));
	ok(pid > 1 && spawn_group_runs(pid), "it runs");
	drop_all();
	ok(!spawn_group_runs(pid), "and is ended with its source");
	listen_to(source_open("exec:echo 1", &options, &err));
	drop_all();
	ok(true, "one that was never looked after is closed");
}

/* What /proc says of signals 1 to 28 that are blocked and ignored: those from 32 on are the
 * C library's own business. */
static void read_signals(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigIgn", 6) == 0)
			strcat(signals, line + strlen(line) - sizeof("0000000"));
	}
	if (f != NULL)
		fclose(f);
}

static int count_descriptors(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int main(void)
{
	read_signals();
	signal(SIGPIPE, SIG_IGN);
	unsetenv("XDG_RUNTIME_DIR");
	setlinebuf(stdout);
	options.notices = notices_new();
	options.origins = origins_new();
	options.max_frame = 65536;
	int before = count_descriptors();
	test_names();
	test_spawn();
	test_spawn_fails();
	test_group_runs();
	test_keeper();
	test_output();
	test_terminal_ends();
	test_crew();
	test_missing();
	test_restart();
	test_stop();
	test_fail_fast();
	test_rest();
	test_terminal();
	test_door();
	test_exec();
	test_close();
	ok(count_descriptors() == before, "no descriptor is left open");
	origins_free(options.origins);
	notices_free(options.notices);
	return done_testing();
}
