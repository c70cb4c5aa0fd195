/*
 * text: opens the sources, then loops: wait, write what comes in order, say what there is
 * to say. Large writes when there is more, at once when there is not.
 */
#include "cli/text.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/opening.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/say.h"
#include "cli/sink.h"
#include "core/escape.h"
#include "core/mem.h"
#include "core/stamp.h"
#include "formats/format.h"
#include "merge/mux.h"

#define TAKEN_MAX 128 /* records from the merge at once */

/* Records that are not simply their text and a newline. */
#define RECORDS_APART \
	(RECORD_CUT | RECORD_CONTINUED | RECORD_NO_NEWLINE | RECORD_PARTIAL | RECORD_WIRE)

struct text {
	const struct options *options;
	struct opening opening;
	struct sink sink;
	struct output *output;
	struct mux *mux;
	struct run *run;            /* NULL: the sources are those that are named */
	struct filter_set *filters; /* here only with context; else the threads filter */
	struct fields fields;
	struct context context;
	bool has_context;
	bool kept;                  /* the last record matched: its cut rest does, too */
	bool verbatim;
	uint64_t shown;             /* records that match */
	bool done;                  /* --head or --quiet has what it wanted */
	int status;
};

static bool wanted(unsigned when, bool automatic)
{
	return when == WHEN_ALWAYS || (when == WHEN_AUTO && automatic);
}

static unsigned terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

static const char *output_kind(const struct options *o)
{
	if (o->output != NULL)
		return o->output;
	return isatty(STDOUT_FILENO) && !o->raw ? "pretty" : "text";
}

static bool open_output(struct text *t, size_t sources)
{
	const struct options *o = t->options;
	bool terminal = isatty(STDOUT_FILENO);
	struct output_options options = {
		.kind = output_kind(o),
		.color = wanted(o->color, terminal && opening_colors()),
		.prefix = wanted(o->prefix, terminal && sources > 1),
		.raw = o->raw,
		.time = (enum time_style)o->time,
		.time_given = o->time_given,
		.show = o->show,
		.hide = o->hide,
		.columns = terminal ? terminal_columns() : 0,
		.label_width = (unsigned)mux_label_width(t->mux),
	};
	struct err err;

	options.escape = wanted(o->escape, terminal || options.color);
	if (terminal && strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		escape_set_ascii(true);
	t->output = output_new(&options, &err);
	if (t->output == NULL) {
		/* What is wrong with --show or --hide begins with its name. */
		if (str_starts(str_from(err.msg), "--"))
			say("%s", err.msg);
		else
			say_place("--output", str_from(options.kind), &err);
		return false;
	}
	t->verbatim = output_is_verbatim(t->output);
	return true;
}

static bool open_filters(struct text *t)
{
	const struct options *o = t->options;
	struct filter_set *set = opening_filters(o);

	if (set == NULL)
		return false;
	t->has_context = (o->before > 0 || o->after > 0) && o->spec_count > 0 && !o->count &&
			 !o->quiet;
	if (t->has_context)
		t->filters = set;
	else
		filter_set_free(set);
	return true;
}

static void open_mux(struct text *t)
{
	const struct options *o = t->options;
	struct mux_options options = {
		.follow = o->follow,
		.wait = o->wait,
		.rescan_only = o->poll,
		.restart = o->restart,
		.any_order = o->quiet,
		.drop = o->on_full == ON_FULL_DROP,
		.order = (enum mux_order)o->order,
		.window_ns = o->window_ns,
		.history = o->command == COMMAND_TAIL ? o->history : HISTORY_ALL,
		.memory = o->memory,
		.record_max = o->max_record,
		.output_fd = STDOUT_FILENO,
		.max_connections = (unsigned)o->max_connections,
		.listeners = t->opening.listeners,
		.listener_count = opening_listens(o) && !o->no_attach ? LISTENERS : 0,
		.filters = o->specs,
		.filter_count = t->has_context ? 0 : o->spec_count,
	};
	bool plain = strcmp(output_kind(o), "text") == 0;

	if (!plain)
		options.want |= WANT_LEVEL | WANT_FIELDS;
	else if (o->color != WHEN_NEVER)
		options.want |= isatty(STDOUT_FILENO) || o->color == WHEN_ALWAYS ? WANT_LEVEL : 0;
	if (t->filters != NULL) {
		unsigned wants = filter_set_wants(t->filters);
		options.want |= wants & FILTER_WANTS_LEVEL ? WANT_LEVEL : 0;
		options.want |= wants & FILTER_WANTS_MODULE ? WANT_MODULE : 0;
		options.want |= WANT_FIELDS;
	}
	t->mux = mux_new(&options);
}

static bool open_sources(struct text *t)
{
	struct err err;

	if (t->run != NULL) {
		if (run_open(t->run, t->mux, &t->sink, &err))
			return true;
		say("%s", err.msg);
		t->status = 1;
		return true;
	}
	return opening_sources(&t->opening, t->mux, &t->status);
}

/* Appends N bytes of a record in large steps: there is as much readable behind its end. */
static void put_bytes(struct buf *out, const char *text, size_t n)
{
	char *to;

	buf_reserve(out, n + TEXT_PAD);
	to = out->ptr + out->len;
	for (size_t i = 0; i < n; i += TEXT_PAD)
		memcpy(to + i, text + i, TEXT_PAD);
	out->len += n;
}

/* Appends text and newlines; of records that lie one behind the other in one go. */
static void put_verbatim(struct text *t, const struct record *const *list, size_t n)
{
	size_t i = 0;

	while (i < n) {
		const struct record *r = list[i++];
		const char *end = r->text + r->len;
		if (r->flags & RECORDS_APART) {
			output_put(t->output, r, &t->sink.out);
			continue;
		}
		while (i < n && list[i]->text == end + 1 && !(list[i]->flags & RECORDS_APART))
			end = list[i]->text + list[i]->len, i++;
		put_bytes(&t->sink.out, r->text, (size_t)(end - r->text) + 1);
	}
}

static void show_record(void *data, const struct record *r)
{
	struct text *t = data;

	output_put(t->output, r, &t->sink.out);
}

static void show_separator(void *data)
{
	struct text *t = data;

	output_separator(t->output, &t->sink.out);
}

static void put_with_context(struct text *t, const struct record *r)
{
	if (!(r->flags & RECORD_CONTINUED)) {
		fields_reset(&t->fields);
		t->kept = t->shown < t->options->head &&
			  filter_set_match(t->filters, r, &t->fields);
		t->shown += t->kept;
	}
	context_put(&t->context, r, t->kept);
	t->done = t->shown >= t->options->head && t->context.after_left == 0 &&
		  !(r->flags & RECORD_CUT);
}

/* How many of N records may still be shown; the pieces of a cut record count as one. */
static size_t limit_head(struct text *t, const struct record *const *list, size_t n)
{
	uint64_t most = t->options->quiet ? 1 : t->options->head;

	for (size_t i = 0; i < n; i++) {
		if (list[i]->flags & RECORD_CONTINUED)
			continue;
		if (t->shown == most) {
			t->done = true;
			return i;
		}
		t->shown++;
	}
	t->done = t->shown == most && !(list[n - 1]->flags & RECORD_CUT);
	return n;
}

static void put_list(struct text *t, const struct record *const *list, size_t n)
{
	if (t->has_context) {
		for (size_t i = 0; i < n && !t->done; i++)
			put_with_context(t, list[i]);
		return;
	}
	n = limit_head(t, list, n);
	if (t->options->count || t->options->quiet)
		return;
	if (t->verbatim) {
		put_verbatim(t, list, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		output_put(t->output, list[i], &t->sink.out);
		sink_flush_if_full(&t->sink);
	}
}

static void say_notices(struct text *t)
{
	char *line;

	while ((line = mux_notice(t->mux)) != NULL) {
		say("%s", line);
		free(line);
	}
}

/* Writes what may come out now. */
static void put_ready(struct text *t)
{
	const struct record *list[TAKEN_MAX];
	size_t n;

	while (!t->done && t->sink.state == SINK_OPEN &&
		(n = mux_next(t->mux, list, TAKEN_MAX)) > 0) {
		put_list(t, list, n);
		sink_flush_if_full(&t->sink);
	}
	if (t->sink.out.len > 0)
		sink_flush(&t->sink);
}

static void loop(struct text *t)
{
	enum mux_state state = MUX_READY;

	while (state != MUX_END && t->sink.state == SINK_OPEN && !t->done) {
		state = mux_wait(t->mux, t->sink.polled, SINK_POLLED,
			run_timeout(t->run));
		sink_check(&t->sink);
		say_notices(t);
		if (t->sink.asked || run_over(t->run)) {
			mux_flush(t->mux);
			state = MUX_END;
		}
		put_ready(t);
	}
}

/* What must not go unsaid at the end. */
static void say_summary(struct text *t)
{
	uint64_t late = mux_late(t->mux), dropped = mux_dropped(t->mux);
	uint64_t cut_off = mux_cut_off(t->mux);

	say_notices(t);
	if (late > 0)
		say("%llu record%s came late and %s out of order%s",
			(unsigned long long)late, late == 1 ? "" : "s",
			late == 1 ? "is" : "are",
			t->options->follow ? "; a longer --window waits for them"
					   : "; --order exact sorts files wholly");
	if (dropped > 0)
		say("dropped %llu record%s in all", (unsigned long long)dropped,
			dropped == 1 ? "" : "s");
	if (cut_off > 0)
		say("%llu match%s took too long and count%s as none; simplify the regex",
			(unsigned long long)cut_off, cut_off == 1 ? "" : "es",
			cut_off == 1 ? "s" : "");
}

static int finish(struct text *t)
{
	if (t->options->count && !t->options->quiet && t->sink.state == SINK_OPEN) {
		buf_printf(&t->sink.out, "%llu\n", (unsigned long long)t->shown);
		sink_flush(&t->sink);
	}
	mux_stop(t->mux);
	say_summary(t);
	if (t->sink.state == SINK_FAILED)
		return 1;
	if (t->options->quiet)
		return t->shown > 0 ? 0 : 1;
	if (run_status(t->run) != 0)
		return run_status(t->run);
	return t->status != 0 || mux_failed(t->mux) ? 1 : 0;
}

static int run(struct text *t)
{
	if (!open_filters(t))
		return 2;
	if (t->options->command == COMMAND_RUN && (t->run = run_new(t->options)) == NULL)
		return 2;
	open_mux(t);
	if (!open_sources(t))
		return 2;
	if (mux_sources(t->mux) == 0)
		return 1;
	if (!open_output(t, mux_sources(t->mux)))
		return 2;
	context_init(&t->context, t->options->before, t->options->after, show_record,
		show_separator, t);
	mux_start(t->mux);
	if (mux_sources(t->mux) == 0)
		say("--source: no source is called that; --prefix always shows the names");
	output_begin(t->output, &t->sink.out);
	t->done = t->options->head == 0;
	loop(t);
	return finish(t);
}

int text_run(const struct options *o)
{
	struct text t = {.options = o};
	int status;

	formats_init();
	opening_init(&t.opening, o);
	sink_init(&t.sink);
	status = run(&t);
	mux_free(t.mux);
	run_free(t.run);
	output_free(t.output);
	filter_set_free(t.filters);
	context_free(&t.context);
	fields_free(&t.fields);
	sink_free(&t.sink);
	return status;
}
