/*
 * gen: log files for the bench, the same bytes for the same arguments everywhere.
 *
 *	gen FORMAT SOURCES LINES SEED MEANRUN OUTDIR [merged]
 *
 * writes OUTDIR/s00.log, s01.log, ... with LINES records in all (a record may have more
 * lines). One clock runs through all files and steps 1-400 us a record, from 2026-11-20
 * 16:00 UTC; the file is changed after each run of records, whose mean length is MEANRUN.
 * With `merged` the records also go to OUTDIR/merged in the order of that clock: what a
 * right merge of a format with microseconds gives.
 *
 * FORMAT is loguru (ms), logurus (us), stdlib (`,mmm`), iso, json, logfmt, loguru_json
 * (serialize=True), or special: SOURCES is then without meaning, and OUTDIR gets one file
 * for each kind of trouble (equal-a, equal-b, jitter, stepback, crlf, nofinal, long, ansi,
 * nul), LINES records each but for the long lines.
 *
 * A quarter of the records of ERROR and above have a traceback: four plain lines; in
 * Loguru's layouts one of three kinds, with blank lines and lines at column 0 inside, as
 * Loguru writes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layout.h"

#define OUT_BYTES (128u << 10)
#define LONG_BYTES 1000000u
#define SOURCES_MAX 512

struct out {
	int fd;
	size_t len;
	char *buf;
};

static void die(const char *what)
{
	fprintf(stderr, "gen: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void out_open(struct out *o, const char *dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (o->fd < 0)
		die(path);
	o->len = 0;
	o->buf = malloc(OUT_BYTES);
	if (!o->buf)
		die("malloc");
}

static void out_flush(struct out *o)
{
	size_t done = 0;

	while (done < o->len) {
		ssize_t n = write(o->fd, o->buf + done, o->len - done);

		if (n < 0)
			die("write");
		done += (size_t)n;
	}
	o->len = 0;
}

/* Room for one record. */
static char *out_room(struct out *o)
{
	if (o->len + RECORD_BYTES > OUT_BYTES)
		out_flush(o);
	return o->buf + o->len;
}

static void out_close(struct out *o)
{
	out_flush(o);
	if (close(o->fd) < 0)
		die("close");
	free(o->buf);
}

static void put_copy(struct out *o, const char *text, size_t len)
{
	out_room(o);
	memcpy(o->buf + o->len, text, len);
	o->len += len;
}

static void make_set(const struct layout *layout, unsigned sources, uint64_t lines,
	struct rng *r, unsigned mean_run, const char *dir, bool merged)
{
	static struct out outs[SOURCES_MAX];
	struct out all = {0};
	struct entry e = {.us = FIRST_US};
	unsigned at = 0;

	for (unsigned i = 0; i < sources; i++) {
		char name[32];

		snprintf(name, sizeof(name), "s%02u.log", i);
		out_open(&outs[i], dir, name);
	}
	if (merged)
		out_open(&all, dir, "merged");
	for (uint64_t i = 0; i < lines; i++) {
		struct out *o;
		char *p;
		size_t len;

		if (rng_below(r, mean_run) == 0)
			at = rng_below(r, sources);
		o = &outs[at];
		entry_draw(r, layout, &e);
		p = out_room(o);
		len = (size_t)(layout->emit(p, &e) - p);
		if (merged)
			put_copy(&all, p, len);
		o->len += len;
	}
	for (unsigned i = 0; i < sources; i++)
		out_close(&outs[i]);
	if (merged)
		out_close(&all);
}

/* One file of N records; US(i, us) bends the clock. */
static void make_file(const struct layout *layout, uint64_t n, struct rng *r,
	const char *dir, const char *name, int64_t (*bend)(struct rng *r, uint64_t i, int64_t us))
{
	struct entry e = {.us = FIRST_US};
	struct out o;

	out_open(&o, dir, name);
	for (uint64_t i = 0; i < n; i++) {
		struct entry bent;
		char *p = out_room(&o);

		entry_draw(r, layout, &e);
		bent = e;
		if (bend)
			bent.us = bend(r, i, e.us);
		o.len += (size_t)(layout->emit(p, &bent) - p);
	}
	out_close(&o);
}

static int64_t bend_equal(struct rng *r, uint64_t i, int64_t us)
{
	(void)r;
	(void)us;
	return FIRST_US + (int64_t)(i / 1000) * 1000000;
}

/* Up to 20 ms back: what many processes do that write to one file. */
static int64_t bend_jitter(struct rng *r, uint64_t i, int64_t us)
{
	(void)i;
	return us - rng_below(r, 20000);
}

/* The clock is set back ten minutes every 5,000 records. */
static int64_t bend_step(struct rng *r, uint64_t i, int64_t us)
{
	(void)r;
	return us - (int64_t)(i / 5000) * 600000000;
}

static void make_nofinal(struct rng *r, uint64_t n, const char *dir)
{
	char path[4096];
	struct stat st;

	make_file(&layouts[0], n, r, dir, "nofinal.log", NULL);
	snprintf(path, sizeof(path), "%s/nofinal.log", dir);
	if (stat(path, &st) < 0 || truncate(path, st.st_size - 1) < 0)
		die(path);
}

/* Every tenth record has a first line of 1 MB. */
static void make_long(struct rng *r, const char *dir)
{
	struct entry e = {.us = FIRST_US};
	struct out o;

	out_open(&o, dir, "long.log");
	for (unsigned i = 0; i < 100; i++) {
		char *p = out_room(&o);
		char *end;

		entry_draw(r, &layouts[0], &e);
		e.trace = TRACE_NONE;
		end = layouts[0].emit(p, &e) - 1;
		o.len += (size_t)(end - p);
		for (size_t room = i % 10 ? 0 : LONG_BYTES; room > 0; room -= 1000) {
			end = out_room(&o);
			memset(end, 'a' + (int)(i % 26), 1000);
			o.len += 1000;
		}
		put_copy(&o, "\n", 1);
	}
	out_close(&o);
}

static void make_special(uint64_t n, struct rng *r, const char *dir)
{
	make_file(&layouts[0], n, r, dir, "equal-a.log", bend_equal);
	make_file(&layouts[0], n, r, dir, "equal-b.log", bend_equal);
	make_file(&layouts[0], n, r, dir, "jitter.log", bend_jitter);
	make_file(&layouts[0], n, r, dir, "stepback.log", bend_step);
	make_file(&layout_crlf, n, r, dir, "crlf.log", NULL);
	make_nofinal(r, n, dir);
	make_long(r, dir);
	make_file(&layout_ansi, n, r, dir, "ansi.log", NULL);
	make_file(&layout_nul, n, r, dir, "nul.log", NULL);
}

int main(int argc, char **argv)
{
	struct rng r;
	unsigned sources, mean_run;
	uint64_t lines;

	if (argc != 7 && !(argc == 8 && strcmp(argv[7], "merged") == 0)) {
		fputs("usage: gen FORMAT SOURCES LINES SEED MEANRUN OUTDIR [merged]\n", stderr);
		return 2;
	}
	sources = (unsigned)strtoul(argv[2], NULL, 10);
	lines = strtoull(argv[3], NULL, 10);
	r.state = strtoull(argv[4], NULL, 10);
	mean_run = (unsigned)strtoul(argv[5], NULL, 10);
	if (sources < 1 || sources > SOURCES_MAX || mean_run < 1) {
		fprintf(stderr, "gen: SOURCES is 1 to %d, MEANRUN at least 1\n", SOURCES_MAX);
		return 2;
	}
	if (mkdir(argv[6], 0777) < 0 && errno != EEXIST)
		die(argv[6]);
	if (strcmp(argv[1], "special") == 0) {
		make_special(lines, &r, argv[6]);
		return 0;
	}
	for (size_t i = 0; i < LAYOUTS; i++) {
		if (strcmp(argv[1], layouts[i].name) == 0) {
			make_set(&layouts[i], sources, lines, &r, mean_run, argv[6], argc == 8);
			return 0;
		}
	}
	fprintf(stderr, "gen: no format %s\n", argv[1]);
	return 2;
}
