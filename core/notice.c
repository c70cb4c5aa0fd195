/*
 * notice: a bounded list of lines behind a lock.
 */
#include "core/notice.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

#define LINE_MAX_BYTES 1024

struct line {
	struct line *next;
	char text[];
};

struct notices {
	pthread_mutex_t lock;
	struct line *first;
	struct line **last;
	unsigned waiting;
	unsigned left_out;
};

struct notices *notices_new(void)
{
	struct notices *n = xcalloc(1, sizeof(*n));

	pthread_mutex_init(&n->lock, NULL);
	n->last = &n->first;
	return n;
}

void notices_free(struct notices *n)
{
	char *text;

	if (n == NULL)
		return;
	while ((text = notice_next(n)) != NULL)
		free(text);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

void notice_put(struct notices *n, const char *format, ...)
{
	struct line *line;
	va_list args;

	if (n == NULL)
		return;
	line = xmalloc(sizeof(*line) + LINE_MAX_BYTES);
	line->next = NULL;
	va_start(args, format);
	vsnprintf(line->text, LINE_MAX_BYTES, format, args);
	va_end(args);
	pthread_mutex_lock(&n->lock);
	if (n->waiting >= NOTICES_MAX) {
		n->left_out++;
		free(line);
	} else {
		*n->last = line;
		n->last = &line->next;
		n->waiting++;
	}
	pthread_mutex_unlock(&n->lock);
}

char *notice_next(struct notices *n)
{
	struct line *line;
	char *text = NULL;

	pthread_mutex_lock(&n->lock);
	line = n->first;
	if (line != NULL) {
		n->first = line->next;
		if (n->first == NULL)
			n->last = &n->first;
		n->waiting--;
		text = xstrdup(line->text);
	} else if (n->left_out > 0) {
		text = xmalloc(64);
		snprintf(text, 64, "%u more messages left out", n->left_out);
		n->left_out = 0;
	}
	pthread_mutex_unlock(&n->lock);
	free(line);
	return text;
}

bool notice_waiting(struct notices *n)
{
	bool waiting;

	pthread_mutex_lock(&n->lock);
	waiting = n->first != NULL || n->left_out > 0;
	pthread_mutex_unlock(&n->lock);
	return waiting;
}
