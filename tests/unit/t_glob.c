/*
 * Globs and folders that are followed: new matches join, rotated ones are not read again.
 */
#include "filekit.h"

#define SOURCES_MAX 32

struct family {
	struct source *matcher;
	struct source *files[SOURCES_MAX];
	size_t count;
};

static struct family family_open(struct kit *k, const char *spec)
{
	struct family f = {0};
	for (struct source *s = kit_open(k, spec); s != NULL; s = s->next) {
		if (s->ops->accept != NULL)
			f.matcher = s;
		else
			f.files[f.count++] = s;
	}
	return f;
}

/* What a rescan does: new matches, then every file; EOF ends a source. */
static void family_read(struct kit *k, struct family *f)
{
	struct source *s;
	while (f->count < SOURCES_MAX &&
		(s = f->matcher->ops->accept(f->matcher)) != NULL)
		f->files[f->count++] = s;
	for (size_t i = 0; i < f->count; i++) {
		if (f->files[i] == NULL || kit_read(k, f->files[i], 100) == READ_AGAIN)
			continue;
		origin_free(k->options.origins, f->files[i]->origin);
		source_close(f->files[i]);
		f->files[i] = NULL;
	}
}

static void family_close(struct family *f)
{
	source_close(f->matcher);
	for (size_t i = 0; i < f->count; i++)
		source_close(f->files[i]);
}

static const char *label(const struct source *s)
{
	return s != NULL ? s->origin->label : "(none)";
}

static void test_join(void)
{
	struct kit k = kit_new(true);
	k.options.from_start = false;
	put("a.log", "old\n");
	struct family f = family_open(&k, "*.log");
	ok(f.count == 1 && f.matcher != NULL, "what matches, and who looks for more");
	ok(f.matcher->live && f.matcher->ops->read == NULL,
		"which gives no bytes itself");
	put("b.log", "b1\n");
	put("a.log", "a1\n");
	family_read(&k, &f);
	ok(f.count == 2, "a new match joins");
	is_str(label(f.files[1]), strlen(label(f.files[1])), "b.log", "under its name");
	got_is(&k, "a1\nb1\n", "the old one from its end, the new one from its start");
	must(link("b.log", "c.log") == 0 && symlink("a.log", "d.log") == 0);
	must(mkfifo("e.log", 0600) == 0);
	put("f.txt", "no\n");
	family_read(&k, &f);
	family_read(&k, &f);
	ok(f.count == 2, "other names of the same files do not");
	said_is(&k, "e.log: is a FIFO; left out, name it itself to read it\n",
		"what can't be read is said once");
	family_close(&f);
	kit_free(&k);
}

static void test_none_yet(void)
{
	struct kit k = kit_new(true);
	struct family f = family_open(&k, "d/*.log");
	ok(f.count == 0 && f.matcher != NULL, "no match yet");
	said_is(&k, "no file matches 'd/*.log', waiting for some\n", "is said");
	family_read(&k, &f);
	must(mkdir("d", 0755) == 0);
	struct family folder = family_open(&k, "d");
	said_is(&k, "d: no *.log files in it, waiting for some\n", "of a folder, too");
	put("d/x.log", "x\n");
	family_read(&k, &f);
	family_read(&k, &folder);
	got_is(&k, "x\n", "it comes with its folder, and is read once");
	ok(f.count == 1 && folder.count == 0, "by the one that found it first");
	family_close(&folder);
	family_close(&f);
	kit_free(&k);
}

/* app.log* matches what rotation renames: app.log.1 is what app.log was. */
static void test_rotation(unsigned rotate_wait_ms)
{
	struct kit k = kit_new(true);
	char text[32], want[128];
	k.options.rotate_wait_ms = rotate_wait_ms;
	put("app.log.1", "old 1\n");
	put("app.log", "old\n");
	struct family f = family_open(&k, "app.log*");
	family_read(&k, &f);
	got_is(&k, "old\nold 1\n", "both are read");
	for (int i = 0; i < 8; i++) {
		kit_clear(&k);
		must(rename("app.log.2", "app.log.3") == 0 || errno == ENOENT);
		must(rename("app.log.1", "app.log.2") == 0);
		must(rename("app.log", "app.log.1") == 0);
		snprintf(text, sizeof(text), "late %d\n", i);
		put("app.log.1", text);
		snprintf(text, sizeof(text), "new %d\n", i);
		put("app.log", text);
		for (int j = 0; j < 3; j++) {
			nap_ms(rotate_wait_ms > 100 ? 0 : 3);
			family_read(&k, &f);
		}
		snprintf(want, sizeof(want), "late %d\nnew %d\n", i, i);
		got_is(&k, want, "after a rotation only what is new");
	}
	said_is(&k, "", "nothing to say");
	family_close(&f);
	kit_free(&k);
}

/* A rotated file that was let go, and is written again. */
static void test_written_late(void)
{
	struct kit k = kit_new(true);
	k.options.rotate_wait_ms = 1;
	put("app.log", "one\n");
	struct family f = family_open(&k, "app.log*");
	family_read(&k, &f);
	must(rename("app.log", "app.log.1") == 0);
	put("app.log", "two\n");
	for (int i = 0; i < 3; i++) {
		nap_ms(3);
		family_read(&k, &f);
	}
	ok(f.count == 1, "a file that was read to its end is no new one");
	put("app.log.1", "late\n");
	kit_clear(&k);
	family_read(&k, &f);
	got_is(&k, "late\n", "what is added to it is read");
	ok(f.count == 2, "as a source of its own");
	is_str(label(f.files[1]), strlen(label(f.files[1])), "app.log.1",
		"under its name");
	must(unlink("app.log.1") == 0);
	family_read(&k, &f);
	nap_ms(3);
	family_read(&k, &f);
	ok(f.files[1] == NULL, "which ends when the name is gone");
	put("app.log.1", "again\n");
	kit_clear(&k);
	family_read(&k, &f);
	got_is(&k, "again\n", "and comes back with it");
	is_str(label(f.files[2]), strlen(label(f.files[2])), "app.log.1",
		"under the same name");
	family_close(&f);
	kit_free(&k);
}

/* The matcher looks while a name stands for a new file that its source has not yet seen.
 */
static void test_name_is_taken(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\n");
	struct family f = family_open(&k, ".");
	family_read(&k, &f);
	must(rename("a.log", "a.old") == 0);
	put("a.log", "two\n");
	family_read(&k, &f);
	ok(f.count == 1, "a name has one source");
	got_is(&k, "one\ntwo\n", "which reads the new file");
	family_close(&f);
	kit_free(&k);
}

static void test_unreadable(void)
{
	struct kit k = kit_new(true);
	bool root = geteuid() == 0;
	must(chmod(".", 0755) == 0);
	struct family f = family_open(&k, "*.log");
	kit_said(&k);
	put("a.log", "one\n");
	must(chmod("a.log", 0) == 0);
	must(!root || seteuid(65534) == 0);
	family_read(&k, &f);
	family_read(&k, &f);
	said_is(&k, "a.log: Permission denied; looking again every second\n",
		"said once");
	must(!root || seteuid(0) == 0);
	must(chmod("a.log", 0644) == 0);
	must(!root || seteuid(65534) == 0);
	family_read(&k, &f);
	must(!root || seteuid(0) == 0);
	got_is(&k, "one\n", "read from its start once that is allowed");
	family_close(&f);
	kit_free(&k);
}

int main(void)
{
	test_join();
	test_none_yet();
	test_rotation(1);
	test_rotation(30000);
	test_written_late();
	test_name_is_taken();
	test_unreadable();
	return done_testing();
}
