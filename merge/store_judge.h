/*
 * store_judge: which of up to 64 neighbours in a store pass some filters. What needs
 * just the level is a scan over bytes; what needs no text is done without; the text is
 * read last.
 *
 *	struct judge *j = judge_new(specs, n, &bad, &err);
 *	bits = judge_word(j, store, slot, word, mask);
 *	judge_free(j);
 */
#ifndef MERGE_STORE_JUDGE_H
#define MERGE_STORE_JUDGE_H

#include "core/err.h"
#include "filters/filter.h"
#include "merge/store_state.h"

struct judge;

/* Copies SPECS. NULL with ERR and *BAD (or NULL) if they are wrong. */
struct judge *judge_new(
	const struct filter_spec *specs, size_t count, size_t *bad, struct err *err);
/* NULL is allowed. */
void judge_free(struct judge *j);
/* Whether records are to be read for it, so that it takes its time. */
bool judge_reads(const struct judge *j);
/* Of the records of SLOT from 64 * WORD on those set in MASK that pass. */
uint64_t judge_word(
	struct judge *j, struct store *s, size_t slot, uint32_t word, uint64_t mask);
/* Whether record I, which is R with its text, passes. */
bool judge_record(struct judge *j, struct store *s, uint64_t i, const struct record *r);
uint64_t judge_cut_off(const struct judge *j);

#endif
