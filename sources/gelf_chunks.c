/*
 * A partial message keeps its chunks' bytes as they come, and where each of them is; they
 * are put in order once they are all there.
 */
#include "sources/gelf_chunks.h"

#include <stdlib.h>

#include "core/mem.h"

#define ID_BYTES 8
#define HEAD_BYTES (2 + ID_BYTES + 2)

struct gelf_partial {
	char id[ID_BYTES];
	int64_t began;
	unsigned count, have;
	size_t at[GELF_CHUNKS], len[GELF_CHUNKS];
	bool has[GELF_CHUNKS];
	struct buf bytes;
};

static bool is_chunk(struct str s)
{
	return s.len >= 2 && s.ptr[0] == 0x1e && s.ptr[1] == 0x0f;
}

static void drop(struct gelf_chunks *g, size_t slot)
{
	struct gelf_partial *p = g->partials[slot];

	g->bytes -= p->bytes.len;
	g->waiting--;
	buf_free(&p->bytes);
	free(p);
	g->partials[slot] = NULL;
}

static size_t oldest(const struct gelf_chunks *g)
{
	size_t best = GELF_MESSAGES;

	for (size_t i = 0; i < GELF_MESSAGES; i++) {
		if (g->partials[i] != NULL &&
			(best == GELF_MESSAGES ||
				g->partials[i]->began < g->partials[best]->began))
			best = i;
	}
	return best;
}

static void drop_oldest(struct gelf_chunks *g)
{
	drop(g, oldest(g));
	tally_add(&g->half, 1);
}

void gelf_expire(struct gelf_chunks *g, int64_t now)
{
	for (size_t i = 0; g->waiting > 0 && i < GELF_MESSAGES; i++) {
		if (g->partials[i] == NULL || now - g->partials[i]->began < GELF_WAIT_NS)
			continue;
		drop(g, i);
		tally_add(&g->half, 1);
	}
}

int64_t gelf_due(const struct gelf_chunks *g)
{
	return g->waiting > 0 ? g->partials[oldest(g)]->began + GELF_WAIT_NS : INT64_MAX;
}

/* The slot of the message ID, or GELF_MESSAGES. */
static size_t find(const struct gelf_chunks *g, const char *id)
{
	for (size_t i = 0; g->waiting > 0 && i < GELF_MESSAGES; i++) {
		if (g->partials[i] != NULL &&
			memcmp(g->partials[i]->id, id, ID_BYTES) == 0)
			return i;
	}
	return GELF_MESSAGES;
}

static size_t begin(struct gelf_chunks *g, const char *id, unsigned count, int64_t now)
{
	size_t slot = 0;

	if (g->waiting == GELF_MESSAGES)
		drop_oldest(g);
	while (g->partials[slot] != NULL)
		slot++;
	struct gelf_partial *p = xcalloc(1, sizeof(*p));
	memcpy(p->id, id, ID_BYTES);
	p->began = now;
	p->count = count;
	g->partials[slot] = p;
	g->waiting++;
	return slot;
}

/* Room for N more bytes of the message in SLOT; false: it had to go itself. */
static bool make_room(struct gelf_chunks *g, size_t slot, size_t n)
{
	size_t most = g->max > GELF_BYTES ? g->max : GELF_BYTES;

	if (g->partials[slot]->bytes.len + n > g->max) {
		tally_add(&g->bad, 1);
		drop(g, slot);
		return false;
	}
	while (g->bytes + n > most && g->partials[slot] != NULL)
		drop_oldest(g);
	return g->partials[slot] != NULL;
}

static struct str join(struct gelf_chunks *g, const struct gelf_partial *p)
{
	g->joined.len = 0;
	for (unsigned i = 0; i < p->count; i++)
		buf_put(&g->joined, p->bytes.ptr + p->at[i], p->len[i]);
	return buf_str(&g->joined);
}

/* True with the whole message in *WHOLE when this was the last chunk of it. */
static bool take_chunk(
	struct gelf_chunks *g, struct str s, int64_t now, struct str *whole)
{
	unsigned number = s.len > HEAD_BYTES ? (unsigned char)s.ptr[HEAD_BYTES - 2] : 0;
	unsigned count = s.len > HEAD_BYTES ? (unsigned char)s.ptr[HEAD_BYTES - 1] : 0;

	gelf_expire(g, now);
	if (count == 0 || count > GELF_CHUNKS || number >= count) {
		tally_add(&g->bad, 1);
		return false;
	}
	size_t slot = find(g, s.ptr + 2);
	if (slot == GELF_MESSAGES)
		slot = begin(g, s.ptr + 2, count, now);
	if (g->partials[slot]->count != count) {
		tally_add(&g->bad, 1);
		return false;
	}
	s = str_skip(s, HEAD_BYTES);
	if (g->partials[slot]->has[number] || !make_room(g, slot, s.len))
		return false;
	struct gelf_partial *p = g->partials[slot];
	p->has[number] = true;
	p->at[number] = p->bytes.len;
	p->len[number] = s.len;
	buf_put_str(&p->bytes, s);
	g->bytes += s.len;
	if (++p->have < count)
		return false;
	*whole = join(g, p);
	drop(g, slot);
	return true;
}

static enum gelf_result unpack(struct gelf_chunks *g, struct str s, struct str *message)
{
	switch (inflate_all(&g->inflate, INFLATE_MARKED, s, g->max, &g->plain)) {
	case INFLATE_WHOLE:
		*message = buf_str(&g->plain);
		return message->len > 0 ? GELF_MESSAGE : GELF_KEPT;
	case INFLATE_LONG:
		tally_add(&g->bad, 1);
		return GELF_KEPT;
	case INFLATE_MISSING:
		tally_add(&g->packed, 1);
		return GELF_KEPT;
	case INFLATE_BROKEN:
		break;
	}
	/* It only looked like it, or is shown as it is: nothing is lost. */
	*message = s;
	return GELF_AS_IT_IS;
}

enum gelf_result gelf_take(
	struct gelf_chunks *g, struct str datagram, int64_t now, struct str *message)
{
	struct str whole = datagram;

	if (is_chunk(datagram) && !take_chunk(g, datagram, now, &whole))
		return GELF_KEPT;
	if (!inflate_known(whole)) {
		*message = whole;
		return whole.ptr == datagram.ptr ? GELF_AS_IT_IS : GELF_MESSAGE;
	}
	enum gelf_result result = unpack(g, whole, message);
	if (result == GELF_AS_IT_IS && whole.ptr != datagram.ptr)
		return GELF_MESSAGE;
	return result;
}

void gelf_clear(struct gelf_chunks *g)
{
	for (size_t i = 0; i < GELF_MESSAGES; i++) {
		if (g->partials[i] == NULL)
			continue;
		drop(g, i);
		tally_add(&g->half, 1);
	}
	buf_free(&g->joined);
	buf_free(&g->plain);
	inflate_clear(&g->inflate);
}
