/*
 * layout: what a generated record holds and how each format writes it.
 *
 *	struct rng r = {seed};
 *	struct entry e = {.us = FIRST_US};
 *	entry_draw(&r, &layouts[0], &e);        // the next record; its time moves on
 *	p = layouts[0].emit(p, &e);             // at most RECORD_BYTES
 */
#ifndef TESTS_BENCH_LAYOUT_H
#define TESTS_BENCH_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#define FIRST_US 1795190400000000 /* 2026-11-20T16:00:00Z */
#define STEP_US 400
#define RECORD_BYTES (16u << 10) /* more than any record */
#define LAYOUTS 7

/* splitmix64 */
struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *r);
unsigned rng_below(struct rng *r, unsigned n);

enum trace { TRACE_NONE, TRACE_PLAIN, TRACE_RICH, TRACE_CHAIN, TRACE_LINES };

struct entry {
	int64_t us;
	unsigned level, module, line, phrase, word1, word2, id, took;
	enum trace trace;
};

typedef char *emit_fn(char *p, const struct entry *e);

struct layout {
	const char *name;
	emit_fn *emit;
	bool rich; /* has all kinds of tracebacks and messages of several lines */
};

/* By name: loguru, logurus, stdlib, iso, json, logfmt, loguru_json. */
extern const struct layout layouts[LAYOUTS];
/* Loguru with colours, with CRLF, and with NUL and broken UTF-8. */
extern const struct layout layout_ansi, layout_crlf, layout_nul;

void entry_draw(struct rng *r, const struct layout *layout, struct entry *e);

#endif
