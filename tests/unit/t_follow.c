/*
 * Files that are followed: through rotation, truncation, removal, and names that move.
 */
#include <sys/wait.h>

#include "filekit.h"

#define LINES 60000
#define ROTATIONS 12
#define STALE 500 /* lines that the writer still writes to a renamed file */

static void test_append(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\ntw");
	struct source *s = kit_open(&k, "a.log");
	must(s != NULL);
	ok(s->live && s->fd == -1, "a live source");
	ok(kit_read(&k, s, 3) == READ_AGAIN, "more may come");
	put("a.log", "o\nthree\n");
	kit_read(&k, s, 3);
	ok(kit_read(&k, s, 3) == READ_AGAIN, "nothing more yet");
	got_is(&k, "one\ntwo\nthree\n", "what was there and what came");
	ok(k.resets == 0, "one stream of bytes");
	source_close(s);
	k.options.from_start = false;
	s = kit_open(&k, "a.log");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "", "from its end unless told otherwise");
	put("a.log", "four\n");
	kit_read(&k, s, 100);
	got_is(&k, "four\n", "what is new");
	uint64_t size = 0;
	ok(s->ops->seek(s, 8, &size) && size == 19, "history can be asked for");
	kit_clear(&k);
	kit_read(&k, s, 4);
	got_is(&k, "three\nfour\n", "from there on");
	said_is(&k, "", "nothing to say");
	source_close(s);
	kit_free(&k);
}

static void test_rename(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\n");
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	int old = open_append("a.log");
	must(rename("a.log", "a.log.1") == 0);
	put_fd(old, "two\n");
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\n", "a file without its name is read on");
	put("a.log", "four\n");
	put_fd(old, "three\n");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "three\nfour\n", "the old file first, then the new one");
	ok(k.resets == 1, "with a seam between them");
	put_fd(old, "five\n");
	put("a.log", "six\n");
	put_fd(old, "se");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "five\nsix\n", "both are read, whole lines only");
	put_fd(old, "ven\n");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "seven\n", "a line that was finished later");
	said_is(&k, "", "all that is usual");
	close(old);
	source_close(s);
	kit_free(&k);
}

/* A reader that is behind: a file that comes and goes meanwhile is opened in time. */
static void test_behind(void)
{
	struct kit k = kit_new(true);
	char buf[4];
	size_t len;
	put("a.log", "one\ntwo\nsix\nten\n");
	struct source *s = kit_open(&k, "a.log");
	must(s->ops->read(s, buf, 4, &len) == READ_DATA);
	must(rename("a.log", "a.log.1") == 0);
	put("a.log", "between\n");
	nap_ms(60);
	must(s->ops->read(s, buf, 4, &len) == READ_DATA);
	must(rename("a.log", "a.log.2") == 0);
	put("a.log", "last\n");
	kit_read(&k, s, 100);
	got_is(&k, "six\nten\nbetween\nlast\n", "a reader that is behind misses no file");
	put("a.log", "1\n");
	must(rename("a.log", "a.log.3") == 0);
	put("a.log", "2\n");
	ok(s->ops->read(s, buf, 0, &len) == READ_AGAIN, "a reader without room");
	must(rename("a.log", "a.log.4") == 0);
	put("a.log", "3\n");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "1\n2\n3\n", "misses none if it looks");
	source_close(s);
	kit_free(&k);
}

/* The last line of a rotated file has no end: the new file waits a second for it. */
static void test_unfinished(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\ntwo");
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	must(rename("a.log", "a.log.1") == 0);
	put("a.log", "three\n");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "", "no other file's bytes in an open line");
	put("a.log.1", " and a half\nno end");
	kit_read(&k, s, 100);
	got_is(&k, " and a half\nthree\n", "its rest, then the new file");
	kit_read_until(&k, s, k.got.len + 6, 3000);
	got_is(&k, " and a half\nthree\nno end",
		"what never ends is given after a while");
	put("a.log", "four\n");
	kit_read_until(&k, s, k.got.len + 5, 3000);
	got_is(&k, " and a half\nthree\nno endfour\n", "and then holds nobody");
	ok(k.resets == 3, "with seams where they belong");
	source_close(s);
	kit_free(&k);
}

static bool fd_open_deleted(void)
{
	bool found = false;
	char link[64], target[256];
	for (int fd = 3; fd < 256; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, target, sizeof(target) - 1);
		if (n > 0) {
			target[n] = '\0';
			found |= strstr(target, "(deleted)") != NULL;
		}
	}
	return found;
}

static void test_deleted(void)
{
	struct kit k = kit_new(true);
	k.options.rotate_wait_ms = 100;
	put("a.log", "one\n");
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	must(unlink("a.log") == 0);
	kit_read(&k, s, 100);
	ok(fd_open_deleted(), "a deleted file is kept for a while");
	nap_ms(120);
	ok(kit_read(&k, s, 100) == READ_AGAIN && !fd_open_deleted(), "and then let go");
	put("a.log", "a longer line than before\n");
	kit_read(&k, s, 100);
	got_is(&k, "one\na longer line than before\n",
		"a new file of the name is read from its start");
	source_close(s);
	kit_free(&k);
}

static void test_same_inode(void)
{
	struct kit k = kit_new(true);
	struct stat before, after;
	k.options.rotate_wait_ms = 1;
	put("a.log", "one\n");
	must(stat("a.log", &before) == 0);
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	must(unlink("a.log") == 0);
	kit_read(&k, s, 100);
	nap_ms(5);
	kit_read(&k, s, 100);
	put("a.log", "another\nfile\n");
	must(stat("a.log", &after) == 0);
	kit_read(&k, s, 100);
	if (before.st_ino == after.st_ino)
		got_is(&k, "one\nanother\nfile\n",
			"a new file with the old inode number");
	else
		ok(true, "# SKIP the inode number is not used again here");
	source_close(s);
	kit_free(&k);
}

static void test_truncate(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\ntwo\nthr");
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	must(truncate("a.log", 0) == 0);
	kit_clear(&k);
	kit_read(&k, s, 100);
	ok(k.resets == 1, "truncation is a seam");
	said_is(&k, "", "it is said with the bytes that come next");
	put("a.log", "four\n");
	kit_read(&k, s, 100);
	got_is(&k, "four\n", "read from the start");
	said_is(&k, "a.log: truncated, reading from its start\n", "said once");
	must(truncate("a.log", 0) == 0);
	kit_read(&k, s, 100);
	nap_ms(1050);
	kit_read(&k, s, 100);
	said_is(&k, "a.log: truncated, reading from its start\n",
		"said without bytes, too");
	source_close(s);
	kit_free(&k);
}

static void test_regrown(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\ntwo\n");
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	must(truncate("a.log", 0) == 0);
	put("a.log", "three\nfour\nfive\n");
	kit_clear(&k);
	kit_read(&k, s, 5);
	got_is(&k, "three\nfour\nfive\n", "grown past the place: from the start");
	ok(k.resets == 1, "with a seam");
	said_is(&k, "a.log: truncated, reading from its start\n", "and a notice");
	must(truncate("a.log", 0) == 0);
	put("a.log", "3\n4\n5\n6789012345\n");
	ok(k.got.len == 16, "of the same length");
	kit_clear(&k);
	must(truncate("a.log", 16) == 0);
	kit_read(&k, s, 5);
	got_is(&k, "3\n4\n5\n6789012345", "is found, too");
	source_close(s);
	kit_free(&k);
}

/* A writer that keeps its offset leaves a hole before what it writes. */
static void test_hole(off_t hole)
{
	struct kit k = kit_new(true);
	char want[128];
	int fd = open("a.log", O_WRONLY | O_CREAT, 0644);
	put_fd(fd, "first\n");
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	must(lseek(fd, hole, SEEK_SET) == hole);
	put_fd(fd, "x\n");
	must(s->ops->seek(s, (uint64_t)hole + 2, &(uint64_t){0}));
	must(ftruncate(fd, 0) == 0);
	kit_clear(&k);
	kit_read(&k, s, 100);
	put_fd(fd, "second\n");
	kit_read(&k, s, 100);
	put_fd(fd, "third\n");
	kit_read(&k, s, 100);
	got_is(&k, "second\nthird\n", "no NUL bytes");
	snprintf(want, sizeof(want),
		"a.log: truncated, reading from its start, skipped %lld NUL bytes\n",
		(long long)hole + 2);
	said_is(&k, want, "but their number");
	must(ftruncate(fd, 0) == 0);
	put_fd(fd, "unseen\n");
	put_fd(fd, "fourth\n");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "unseen\nfourth\n", "also when the truncation itself was not seen");
	close(fd);
	source_close(s);
	kit_free(&k);
}

static void test_symlink(void)
{
	struct kit k = kit_new(true);
	put("a-1.log", "one\n");
	must(symlink("a-1.log", "now.log") == 0);
	struct source *s = kit_open(&k, "now.log");
	kit_read(&k, s, 100);
	put("a-2.log", "three\n");
	must(symlink("a-2.log", "new") == 0 && rename("new", "now.log") == 0);
	put("a-1.log", "two\n");
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\nthree\n", "the old target is drained, then the new one");
	must(symlink("a-1.log", "new") == 0 && rename("new", "now.log") == 0);
	put("a-1.log", "four\n");
	kit_clear(&k);
	kit_read(&k, s, 100);
	got_is(&k, "four\n", "and back: read on where it was");
	source_close(s);
	kit_free(&k);
}

static void test_folder_gone(void)
{
	struct kit k = kit_new(true);
	k.options.rotate_wait_ms = 1;
	must(mkdir("d", 0755) == 0);
	put("d/a.log", "one\n");
	struct source *s = kit_open(&k, "d/a.log");
	kit_read(&k, s, 100);
	must(unlink("d/a.log") == 0 && rmdir("d") == 0);
	ok(kit_read(&k, s, 100) == READ_AGAIN, "the folder is gone");
	must(mkdir("d", 0755) == 0);
	ok(kit_read(&k, s, 100) == READ_AGAIN, "and back, empty");
	put("d/a.log", "two\n");
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\n", "the file is back, too");
	source_close(s);
	kit_free(&k);
}

static void test_waiting(void)
{
	struct kit k = kit_new(true);
	k.options.wait = true;
	k.options.from_start = false;
	struct source *s = kit_open(&k, "later.log");
	ok(s != NULL && s->live, "a file that is not there yet");
	said_is(&k, "later.log: does not exist yet, waiting for it\n", "is waited for");
	ok(kit_read(&k, s, 100) == READ_AGAIN, "patiently");
	must(mkfifo("later.log", 0600) == 0);
	kit_read(&k, s, 100);
	kit_read(&k, s, 100);
	said_is(&k, "later.log: is no regular file now; looking again every second\n",
		"what is no file is said once");
	must(unlink("later.log") == 0);
	put("later.log", "one\n");
	kit_read(&k, s, 100);
	got_is(&k, "one\n", "and read from its start when it comes");
	source_close(s);
	kit_free(&k);
}

static void test_unreadable(void)
{
	struct kit k = kit_new(true);
	bool root = geteuid() == 0;
	must(chmod(".", 0777) == 0);
	put("a.log", "one\n");
	struct source *s = kit_open(&k, "a.log");
	must(!root || seteuid(65534) == 0);
	kit_read(&k, s, 100);
	must(rename("a.log", "a.log.1") == 0);
	put("a.log", "three\n");
	must(chmod("a.log", 0) == 0);
	must(!root || seteuid(0) == 0);
	put("a.log.1", "two\n");
	must(!root || seteuid(65534) == 0);
	kit_read(&k, s, 100);
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\n", "the old file is read on");
	said_is(&k, "a.log: Permission denied; looking again every second\n",
		"said once");
	must(chmod("a.log", 0644) == 0);
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\nthree\n", "until the new one can be read");
	must(!root || seteuid(0) == 0);
	source_close(s);
	kit_free(&k);
}

/* Two names of one file: read once, and both followed when they part. */
static void test_two_names(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\n");
	must(symlink("a.log", "b.log") == 0);
	struct source *a = kit_open(&k, "a.log");
	struct source *b = kit_open(&k, "b.log");
	must(a != NULL && b != NULL);
	said_is(&k,
		"b.log: is followed under another name; read here once it is another file\n",
		"a second name is said");
	kit_read(&k, a, 100);
	kit_read(&k, b, 100);
	got_is(&k, "one\n", "the file is read once");
	put("other.log", "two\n");
	must(unlink("b.log") == 0 && symlink("other.log", "b.log") == 0);
	kit_clear(&k);
	kit_read(&k, a, 100);
	got_is(&k, "", "the first stays with its file");
	kit_read(&k, b, 100);
	got_is(&k, "two\n", "the second has one of its own now");
	ok(kit_open(&k, "b.log") == NULL && k.err.msg[0] == '\0',
		"a name again is nothing");
	source_close(a);
	source_close(b);
	kit_free(&k);
}

static void test_beyond_4_gib(void)
{
	struct kit k = kit_new(true);
	const off_t gib = (off_t)1 << 30;
	k.options.from_start = false;
	put("a.log", "");
	must(truncate("a.log", 5 * gib) == 0);
	struct source *s = kit_open(&k, "a.log");
	put("a.log", "one\n");
	kit_read(&k, s, 100);
	must(rename("a.log", "a.log.1") == 0);
	put("a.log.1", "two\n");
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\n", "offsets above 4 GiB");
	said_is(&k, "", "without a doubt");
	source_close(s);
	kit_free(&k);
}

/* Copied and emptied, again and again, by somebody who leaves the writer its file. */
static void test_copytruncate(int flags)
{
	struct kit k = kit_new(true);
	struct buf want = {0};
	char line[64];
	unsigned truncated = 0;
	int fd = open("a.log", O_WRONLY | O_CREAT | flags, 0644);
	struct source *s = kit_open(&k, "a.log");
	kit_read(&k, s, 100);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(line, sizeof(line), "line %u\n", i * 7919);
		put_fd(fd, line);
		buf_puts(&want, line);
		if (i % 7 == 0)
			kit_read(&k, s, 64);
		if (i % 500 == 499) {
			kit_read(&k, s, 64);
			must(ftruncate(fd, 0) == 0);
		}
	}
	kit_read(&k, s, 64);
	ok(k.got.len == want.len && memcmp(k.got.ptr, want.ptr, want.len) == 0,
		"copytruncate: every byte, none twice, no NUL");
	for (const char *at = kit_said(&k); (at = strstr(at, "truncated")) != NULL; at++)
		truncated++;
	ok(truncated == 9,
		"copytruncate: each but the last is said with what follows: %u",
		truncated);
	close(fd);
	buf_free(&want);
	source_close(s);
	kit_free(&k);
}

/* LINES numbered lines, buffered as stdio does it, over ROTATIONS renames; the writer
 * goes on in the renamed file for STALE lines. */
static void write_rotating(void)
{
	FILE *out = fopen("r.log", "a");
	char name[32];
	int renamed = 0;
	for (int i = 0; i < LINES; i++) {
		fprintf(out, "line %06d of a writer that does not notice at once\n", i);
		if (i % (LINES / ROTATIONS) == LINES / ROTATIONS / 2) {
			snprintf(name, sizeof(name), "r.log.%d", ++renamed);
			must(rename("r.log", name) == 0);
			close(open_append("r.log"));
		}
		if (i % (LINES / ROTATIONS) == LINES / ROTATIONS / 2 + STALE) {
			nap_ms(20);
			fclose(out);
			out = fopen("r.log", "a");
		}
	}
	fclose(out);
}

static void check_lines(const struct kit *k, const char *what)
{
	static unsigned char seen[LINES];
	int lost = 0, again = 0, garbled = 0, disordered = 0, before = -1;
	memset(seen, 0, sizeof(seen));
	for (struct str rest = buf_str(&k->got), line; str_split(&rest, '\n', &line);) {
		int i, end = 0;
		char text[128] = {0};
		if (line.len == 0 && rest.ptr == NULL)
			break;
		memcpy(text, line.ptr, line.len < 127 ? line.len : 127);
		if (sscanf(text, "line %d of a writer that does not notice at once%n", &i,
			    &end) != 1 ||
			(size_t)end != line.len || i < 0 || i >= LINES) {
			garbled++;
			continue;
		}
		again += seen[i];
		seen[i] = 1;
		disordered += i < before;
		before = i;
	}
	for (int i = 0; i < LINES; i++)
		lost += !seen[i];
	ok(lost == 0 && again == 0 && garbled == 0,
		"%s: %d lost, %d twice, %d garbled of %d", what, lost, again, garbled,
		LINES);
	ok(disordered == 0, "%s: %d out of order", what, disordered);
}

static void test_rotating(bool lazy)
{
	struct kit k = kit_new(true);
	put("r.log", "");
	struct source *s = kit_open(&k, "r.log");
	int status = -1;
	pid_t writer = fork();
	if (writer == 0) {
		write_rotating();
		_exit(0);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		kit_read(&k, s, 65536);
		if (lazy)
			nap_ms(5);
	}
	must(status == 0);
	size_t want = (size_t)LINES *
		      strlen("line 000000 of a writer that does not notice at once\n");
	kit_read_until(&k, s, want, 3000);
	check_lines(&k, lazy ? "a reader that sleeps" : "an eager reader");
	said_is(&k, "", "nothing to say");
	source_close(s);
	kit_free(&k);
}

int main(void)
{
	test_append();
	test_rename();
	test_behind();
	test_unfinished();
	test_deleted();
	test_same_inode();
	test_truncate();
	test_regrown();
	test_hole(6);
	test_hole(100000);
	test_hole((off_t)5 << 30);
	test_symlink();
	test_folder_gone();
	test_waiting();
	test_unreadable();
	test_two_names();
	test_beyond_4_gib();
	test_copytruncate(O_APPEND);
	test_copytruncate(0);
	test_rotating(false);
	test_rotating(true);
	return done_testing();
}
