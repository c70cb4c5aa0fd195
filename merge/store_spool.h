/*
 * store_spool: bytes that nobody else keeps, in an unlinked file that is written round
 * and round. Places count up for ever; those before spool_valid have been given up.
 *
 *	struct spool *p = spool_new(bytes, NULL);
 *	place = spool_put(p, head, head_len, text, len);
 *	n = spool_read(p, place, buffer, cap);
 *	spool_free(p);
 *
 * The file is made with the first byte. A disk that is full makes it smaller, never
 * wrong.
 */
#ifndef MERGE_STORE_SPOOL_H
#define MERGE_STORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_LEAST 1048576 /* bytes; fewer are not worth it */

struct spool;

/* BYTES at most; FOLDER, or NULL: $TMPDIR, /tmp, $XDG_RUNTIME_DIR, the first that works.
 * */
struct spool *spool_new(uint64_t bytes, const char *folder);
/* NULL is allowed. */
void spool_free(struct spool *p);
/* The most bytes of one record that are kept. */
size_t spool_record_max(const struct spool *p);
/* Puts HEAD and TEXT, which are at most spool_record_max, one behind the other; returns
 * their place. What is oldest may go for it. */
uint64_t spool_put(struct spool *p, const void *head, size_t head_len, const char *text,
	size_t len);
/* Up to CAP bytes from PLACE on; 0: they are gone. */
size_t spool_read(const struct spool *p, uint64_t place, char *to, size_t cap);
/* What was put before it is gone. */
uint64_t spool_valid(const struct spool *p);
/* Where the next one goes. */
uint64_t spool_end(const struct spool *p);
/* Why something could not be written, or NULL. */
const char *spool_complaint(const struct spool *p);

#endif
