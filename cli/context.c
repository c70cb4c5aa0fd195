/*
 * context: a ring of copies, since records do not outlive their turn.
 */
#include "cli/context.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct held {
	struct record record;
	char *text;
	size_t cap;
};

void context_init(struct context *c, uint64_t before, uint64_t after,
	void (*show)(void *data, const struct record *r), void (*separate)(void *data),
	void *data)
{
	*c = (struct context){.before = before < CONTEXT_MAX ? before : CONTEXT_MAX,
		.after = after, .show = show, .separate = separate, .data = data};
	if (c->before > 0)
		c->held = xcalloc(c->before, sizeof(*c->held));
}

static void hold(struct context *c, const struct record *r)
{
	struct held *h;

	if (c->before == 0) {
		c->gap = true;
		return;
	}
	if (c->held_count == c->before) {
		c->held_first = (c->held_first + 1) % c->before;
		c->held_count--;
		c->gap = true;
	}
	h = &c->held[(c->held_first + c->held_count++) % c->before];
	if (h->cap < r->len + TEXT_PAD) {
		h->cap = r->len + TEXT_PAD;
		h->text = xrealloc(h->text, h->cap);
	}
	memcpy(h->text, r->text, r->len);
	memset(h->text + r->len, 0, TEXT_PAD);
	h->record = *r;
	h->record.text = h->text;
}

static void show(struct context *c, const struct record *r)
{
	if (c->gap && c->shown_any)
		c->separate(c->data);
	c->gap = false;
	c->shown_any = true;
	c->show(c->data, r);
}

void context_put(struct context *c, const struct record *r, bool matches)
{
	if (matches) {
		for (; c->held_count > 0; c->held_count--) {
			show(c, &c->held[c->held_first].record);
			c->held_first = (c->held_first + 1) % c->before;
		}
		show(c, r);
		c->after_left = c->after;
		c->showing = true;
	} else if (c->showing && r->flags & RECORD_CONTINUED) {
		show(c, r);
	} else if (c->after_left > 0) {
		c->after_left--;
		show(c, r);
		c->showing = true;
	} else {
		hold(c, r);
		c->showing = false;
	}
}

void context_free(struct context *c)
{
	for (uint64_t i = 0; c->held != NULL && i < c->before; i++)
		free(c->held[i].text);
	free(c->held);
}
