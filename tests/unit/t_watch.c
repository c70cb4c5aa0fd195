/*
 * inotify as a wake-up: who is told of what, an overflow, and life without it.
 */
#include <poll.h>
#include <sys/resource.h>

#include "filekit.h"
#include "sources/watch.h"

#define EVENTS_MAX 16384 /* fs.inotify.max_queued_events is this or less, mostly */

struct told {
	struct source *who[16];
	unsigned times[16];
	struct watch *watch;
	struct source *forget; /* in the first call */
};

static void count_wake(struct source *s, void *context)
{
	struct told *t = context;
	for (size_t i = 0; i < 16; i++) {
		if (t->who[i] != NULL && t->who[i] != s)
			continue;
		t->who[i] = s;
		t->times[i]++;
		break;
	}
	if (t->forget != NULL)
		watch_forget(t->watch, t->forget);
	t->forget = NULL;
}

static unsigned times(const struct told *t, const struct source *s)
{
	for (size_t i = 0; i < 16; i++)
		if (t->who[i] == s)
			return t->times[i];
	return 0;
}

static struct told wakes(struct watch *w)
{
	struct told t = {.watch = w};
	struct pollfd p = {watch_fd(w), POLLIN, 0};
	if (poll(&p, 1, 0) > 0)
		watch_read(w, count_wake, &t);
	return t;
}

static void test_file(void)
{
	struct kit k = kit_new(true);
	struct source a = {0}, b = {0};
	struct watch *w = watch_new(k.options.notices);
	put("a.log", "1\n");
	watch_file(w, &a, "a.log");
	watch_file(w, &b, "b.log");
	struct told t = wakes(w);
	ok(times(&t, &a) == 0 && times(&t, &b) == 0, "quiet at first");
	put("a.log", "2\n");
	put("a.log", "3\n");
	t = wakes(w);
	ok(times(&t, &a) == 1 && times(&t, &b) == 0, "an append tells its source, once");
	put("other.log", "x\n");
	t = wakes(w);
	ok(times(&t, &a) == 0 && times(&t, &b) == 0,
		"other names in the folder tell nobody");
	put("b.log", "1\n");
	t = wakes(w);
	ok(times(&t, &a) == 0 && times(&t, &b) == 1, "a name that comes tells who waits");
	must(rename("a.log", "a.log.1") == 0);
	t = wakes(w);
	ok(times(&t, &a) == 1, "a rename");
	put("a.log.1", "4\n");
	t = wakes(w);
	ok(times(&t, &a) == 1, "the renamed file, until another is watched");
	put("a.log", "1\n");
	t = wakes(w);
	ok(times(&t, &a) == 1, "the new file of the name");
	watch_file(w, &a, "a.log");
	put("a.log.1", "5\n");
	t = wakes(w);
	ok(times(&t, &a) == 0, "the old one no more");
	put("a.log", "2\n");
	must(truncate("a.log", 0) == 0 && unlink("a.log") == 0);
	t = wakes(w);
	ok(times(&t, &a) == 1 && times(&t, &b) == 0,
		"append, truncation and removal at once");
	said_is(&k, "", "missing files are no trouble");
	watch_free(w);
	kit_free(&k);
}

static void test_shared(void)
{
	struct kit k = kit_new(true);
	struct source a = {0}, twin = {0}, all = {0};
	struct watch *w = watch_new(k.options.notices);
	must(mkdir("d", 0755) == 0);
	put("d/a.log", "1\n");
	must(link("d/a.log", "twin.log") == 0);
	watch_file(w, &a, "d/a.log");
	watch_file(w, &twin, "twin.log");
	watch_folder(w, &all, "d");
	watch_folder(w, &all, "d/");
	put("d/a.log", "2\n");
	struct told t = wakes(w);
	ok(times(&t, &a) == 1 && times(&t, &twin) == 1, "two names of one file");
	ok(times(&t, &all) == 0, "a folder is not told of appends");
	put("d/b.log", "1\n");
	t = wakes(w);
	ok(times(&t, &a) == 0 && times(&t, &all) == 1, "but of any new name");
	watch_forget(w, &a);
	put("d/a.log", "3\n");
	t = wakes(w);
	ok(times(&t, &a) == 0 && times(&t, &twin) == 1,
		"forgetting one leaves the other");
	watch_file(w, &a, "d/a.log");
	wakes(w);
	put("d/a.log", "4\n");
	t = (struct told){.watch = w, .forget = &twin};
	struct source *first = NULL;
	watch_read(w, count_wake, &t);
	first = t.who[0];
	ok(first != NULL && t.who[1] == (first == &twin ? &a : NULL),
		"who is forgotten in between is not told");
	must(rename("d", "e") == 0 && mkdir("d", 0755) == 0);
	watch_folder(w, &all, "d");
	wakes(w);
	put("d/c.log", "1\n");
	t = wakes(w);
	ok(times(&t, &all) == 1, "a folder that was made anew");
	said_is(&k, "", "nothing to say");
	watch_free(w);
	kit_free(&k);
}

static void test_overflow(void)
{
	struct kit k = kit_new(true);
	struct source a = {0}, b = {0};
	struct watch *w = watch_new(k.options.notices);
	put("a.log", "");
	put("b.log", "");
	watch_file(w, &a, "a.log");
	watch_file(w, &b, "b.log");
	int fd = open_append("a.log");
	for (int i = 0; i <= EVENTS_MAX / 2; i++) {
		/* Two kinds in turn: equal events in a row are made one. */
		put_fd(fd, "x");
		must(fchmod(fd, 0644) == 0);
	}
	close(fd);
	struct told t = {.watch = w};
	for (int i = 0; i < 100 && times(&t, &b) == 0; i++)
		watch_read(w, count_wake, &t);
	ok(times(&t, &a) >= 1 && times(&t, &b) == 1, "after an overflow all are told");
	said_is(&k,
		"more file events than the kernel keeps; looking at every file again\n",
		"and it is said");
	put("a.log", "y");
	t = wakes(w);
	ok(times(&t, &a) == 1 && times(&t, &b) == 0, "then it goes on as before");
	watch_free(w);
	kit_free(&k);
}

static void test_disabled(void)
{
	struct kit k = kit_new(true);
	struct told t = {0};
	put("a.log", "one\n");
	struct source *s = kit_open(&k, "a.log");
	struct watch *w = watch_new_disabled();
	ok(watch_fd(w) == -1, "nothing to wait for");
	s->ops->attach(s, w);
	put("a.log", "two\n");
	watch_read(w, count_wake, &t);
	ok(t.who[0] == NULL, "nobody is told");
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\n", "the rescan finds it");
	watch_forget(w, s);
	source_close(s);
	watch_free(w);
	kit_free(&k);
}

static void test_no_descriptor(void)
{
	struct kit k = kit_new(true);
	struct rlimit old, none;
	must(getrlimit(RLIMIT_NOFILE, &old) == 0);
	none = old;
	none.rlim_cur = 3;
	must(setrlimit(RLIMIT_NOFILE, &none) == 0);
	struct watch *w = watch_new(k.options.notices);
	must(setrlimit(RLIMIT_NOFILE, &old) == 0);
	ok(watch_fd(w) == -1, "no descriptor left for inotify");
	said_is(&k,
		"no inotify (Too many open files); changes of files are found within a second "
		"instead\n",
		"is said");
	watch_free(w);
	kit_free(&k);
}

/* A followed file puts itself under the watch, and its successor after a rotation. */
static void test_attached(void)
{
	struct kit k = kit_new(true);
	put("a.log", "one\n");
	struct source *s = kit_open(&k, "a.log");
	struct watch *w = watch_new(k.options.notices);
	s->ops->attach(s, w);
	kit_read(&k, s, 100);
	wakes(w);
	must(rename("a.log", "a.log.1") == 0);
	put("a.log", "two\n");
	struct told t = wakes(w);
	ok(times(&t, s) == 1, "rotation wakes it");
	kit_read(&k, s, 100);
	wakes(w);
	put("a.log", "three\n");
	t = wakes(w);
	ok(times(&t, s) == 1, "so do appends to the new file");
	kit_read(&k, s, 100);
	got_is(&k, "one\ntwo\nthree\n", "and nothing is missed");
	must(rename("a.log.1", "a.log") == 0);
	kit_read(&k, s, 100);
	wakes(w);
	put("a.log", "four\n");
	t = wakes(w);
	ok(times(&t, s) == 1, "and to the old one that has its name back");
	watch_forget(w, s);
	source_close(s);
	struct source *list = NULL;
	must((list = kit_open(&k, "*.txt")) != NULL);
	list->ops->attach(list, w);
	put("b.txt", "b\n");
	t = wakes(w);
	ok(times(&t, list) == 1, "a new name wakes a glob");
	watch_forget(w, list);
	source_close(list);
	watch_free(w);
	kit_free(&k);
}

int main(void)
{
	test_file();
	test_shared();
	test_overflow();
	test_disabled();
	test_no_descriptor();
	test_attached();
	return done_testing();
}
