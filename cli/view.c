/*
 * view: wait, keep what comes, do what keys say, look for matches while there is time, and
 * draw, at most 60 times a second and only if something changed.
 */
#include "cli/view.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/opening.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/view_signals.h"
#include "core/escape.h"
#include "core/stamp.h"
#include "filters/when.h"
#include "formats/format.h"
#include "merge/mux.h"
#include "merge/store.h"
#include "tui/screen.h"
#include "tui/tui.h"

#define FRAME_NS (NS_PER_SECOND / 60)
#define SLICE_NS (5 * NS_PER_MS) /* of taking, looking or saving before keys are seen to */
#define TAKEN_MAX 256
#define KEYS_MAX 256             /* before the screen is drawn */
#define EMPTY_READS_MAX 64       /* of a terminal that is gone */
#define SAVE_FULL 262144

struct view_run {
	const struct options *options;
	struct opening opening;
	struct mux *mux;
	struct store *store;
	struct tui *tui;
	int terminal;          /* keys come from it */
	struct pollfd polled[2];
	bool ended;            /* no source will give more */
	bool quit;
	bool more;             /* something was left for the next round */
	unsigned empty_reads;
	int64_t drawn;         /* monotonic ns */
	int64_t sampled;       /* when the rate was */
	uint64_t sampled_count;
	uint64_t taken;
	struct tui_engine engine;
	int save_fd;           /* -1: nothing is being saved */
	uint64_t save_at;
	uint64_t saved;
	struct output *save_output;
	struct buf save_bytes;
	struct buf sources;    /* for the command line that is shown */
	int status;
};

static int64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SECOND + ts.tv_nsec;
}

static void open_mux(struct view_run *v)
{
	const struct options *o = v->options;
	struct mux_options options = {
		.follow = o->follow,
		.wait = o->wait,
		.rescan_only = o->poll,
		.restart = o->restart,
		.drop = o->on_full == ON_FULL_DROP,
		.order = (enum mux_order)o->order,
		.window_ns = o->window_ns,
		.history = HISTORY_ALL,
		.memory = o->memory,
		.record_max = o->max_record,
		.max_connections = (unsigned)o->max_connections,
		.want = WANT_LEVEL | WANT_MODULE | WANT_FIELDS,
		.listeners = v->opening.listeners,
		.listener_count = opening_listens(o) && !o->no_attach ? LISTENERS : 0,
	};

	v->mux = mux_new(&options);
}

/* Keys come from the terminal even if records come through stdin. */
static bool open_terminal(struct view_run *v)
{
	struct screen_options options = {
		.color = v->options->color == WHEN_ALWAYS ||
			 (v->options->color == WHEN_AUTO && opening_colors()),
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
	};
	struct err err;

	v->terminal = isatty(STDIN_FILENO) ? STDIN_FILENO : open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (v->terminal < 0) {
		say("there is no terminal to read keys from; use mplog tail");
		return false;
	}
	options.input = v->terminal;
	escape_set_ascii(options.ascii);
	if (view_signals_open() && screen_open(&options, &err))
		return true;
	say("%s", err.msg);
	return false;
}

static void put_word(struct buf *out, const char *word)
{
	buf_puts(out, " '");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_puts(out, "'\\''");
		else
			buf_put_char(out, *word);
	}
	buf_put_char(out, '\'');
}

static void open_viewer(struct view_run *v)
{
	const struct options *o = v->options;
	struct store_options store = {0};
	struct tui_options tui = {
		.filters = o->specs,
		.filter_count = o->spec_count,
		.follow = true,
	};

	for (size_t i = 0; i < o->source_count; i++)
		put_word(&v->sources, o->sources[i]);
	buf_put_char(&v->sources, '\0');
	v->store = store_new(&store);
	tui.store = v->store;
	tui.sources = v->sources.ptr;
	tui.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	v->tui = tui_new(&tui);
	v->polled[0] = (struct pollfd){.fd = v->terminal, .events = POLLIN};
	v->polled[1] = (struct pollfd){.fd = view_signals_fd(), .events = POLLIN};
}

static void take_records(struct view_run *v)
{
	const struct record *list[TAKEN_MAX];
	int64_t until = monotonic() + SLICE_NS;
	size_t n;

	while ((n = mux_next(v->mux, list, TAKEN_MAX)) > 0) {
		store_append(v->store, list, n);
		v->taken += n;
		tui_appended(v->tui);
		if (monotonic() >= until) {
			v->more = true;
			return;
		}
	}
}

static void take_notices(struct view_run *v)
{
	const char *complaint = store_complaint(v->store);
	char *line;

	while ((line = mux_notice(v->mux)) != NULL) {
		tui_note(v->tui, line);
		free(line);
	}
	if (complaint != NULL)
		tui_say(v->tui, complaint);
}

static void take_keys(struct view_run *v)
{
	uint32_t key;
	unsigned n = 0;
	bool ready = (v->polled[0].revents & POLLIN) != 0;

	if (v->polled[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
		v->quit = true;
		return;
	}
	while (n < KEYS_MAX && (key = screen_key()) != KEY_NONE) {
		tui_key(v->tui, key, when_now());
		n++;
	}
	v->more |= n == KEYS_MAX;
	/* A terminal that is ready, again and again, to say nothing is gone. */
	v->empty_reads = ready && n == 0 ? v->empty_reads + 1 : 0;
	if (v->empty_reads > EMPTY_READS_MAX)
		v->quit = true;
}

static void suspend(struct view_run *v)
{
	screen_leave();
	view_signals_stop();
	screen_return();
	screen_resize();
	tui_redraw(v->tui);
}

static void take_signals(struct view_run *v)
{
	int number;

	while ((number = view_signals_next()) != 0) {
		switch (number) {
		case SIGWINCH:
			screen_resize();
			tui_redraw(v->tui);
			break;
		case SIGCONT:
			screen_return();
			screen_resize();
			tui_redraw(v->tui);
			break;
		case SIGTSTP:
			suspend(v);
			break;
		default:
			v->quit = true;
		}
	}
}

static void end_save(struct view_run *v, const char *error)
{
	char line[160];

	close(v->save_fd);
	v->save_fd = -1;
	output_free(v->save_output);
	if (error != NULL)
		snprintf(line, sizeof(line), "cannot write it: %s", error);
	else
		snprintf(line, sizeof(line), "%llu records are saved",
			(unsigned long long)v->saved);
	tui_say(v->tui, line);
}

/* The records' own bytes, as mplog filter writes them into a file. */
static void begin_save(struct view_run *v)
{
	struct output_options options = {.kind = "text"};
	struct err err;
	char line[512];

	if (v->save_fd >= 0)
		end_save(v, "another one was asked for");
	v->save_fd = open(tui_save_path(v->tui), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (v->save_fd < 0) {
		snprintf(line, sizeof(line), "%s: %s", tui_save_path(v->tui), strerror(errno));
		tui_say(v->tui, line);
		return;
	}
	v->save_output = output_new(&options, &err);
	v->save_at = v->saved = 0;
	v->save_bytes.len = 0;
}

static bool write_saved(struct view_run *v)
{
	size_t done = 0;

	while (done < v->save_bytes.len) {
		ssize_t n = write(v->save_fd, v->save_bytes.ptr + done,
			v->save_bytes.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			end_save(v, strerror(errno));
			return false;
		}
		done += (size_t)n;
	}
	v->save_bytes.len = 0;
	return true;
}

static void step_save(struct view_run *v)
{
	int64_t until = monotonic() + SLICE_NS;
	struct record r;

	while (monotonic() < until) {
		if (!tui_listed(v->tui, &v->save_at)) {
			if (write_saved(v))
				end_save(v, NULL);
			return;
		}
		if (store_get(v->store, v->save_at++, &r)) {
			r.flags &= (uint8_t)~RECORD_NO_NEWLINE;
			output_put(v->save_output, &r, &v->save_bytes);
			v->saved++;
		}
		if (v->save_bytes.len >= SAVE_FULL && !write_saved(v))
			return;
	}
	v->more = true;
}

static void grant_wish(struct view_run *v)
{
	switch (tui_wish(v->tui)) {
	case TUI_QUIT:
		v->quit = true;
		break;
	case TUI_SUSPEND:
		suspend(v);
		break;
	case TUI_SAVE:
		begin_save(v);
		break;
	default:
		break;
	}
}

static void look_at_engine(struct view_run *v, int64_t now)
{
	struct tui_engine *e = &v->engine;
	size_t seen = 0;

	for (uint32_t i = 0; i < store_sources(v->store); i++)
		seen += store_source(v->store, i) != NULL;
	e->sources = mux_sources(v->mux) > seen ? mux_sources(v->mux) : seen;
	e->late = store_late(v->store);
	e->dropped = mux_dropped(v->mux);
	e->ended = v->ended;
	if (now - v->sampled >= NS_PER_SECOND) {
		e->rate = (v->taken - v->sampled_count) * (uint64_t)NS_PER_SECOND /
			  (uint64_t)(now - v->sampled);
		v->sampled = now;
		v->sampled_count = v->taken;
	}
	tui_set_engine(v->tui, e);
}

/* How long nothing has to be done unless something happens, in ms. */
static int patience(const struct view_run *v)
{
	int64_t now = monotonic(), left = v->drawn + FRAME_NS - now;

	if (v->more)
		return 0;
	if (tui_changed(v->tui))
		return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 0;
	/* A rate must come down to 0. */
	if (v->engine.rate > 0 || v->taken != v->sampled_count)
		return (int)(NS_PER_SECOND / NS_PER_MS);
	return -1;
}

static void wait_for_something(struct view_run *v)
{
	int timeout = patience(v);

	v->more = false;
	if (v->ended) {
		poll(v->polled, 2, timeout);
		return;
	}
	v->ended = mux_wait(v->mux, v->polled, 2, timeout) == MUX_END;
}

static void loop(struct view_run *v)
{
	while (!v->quit) {
		wait_for_something(v);
		take_signals(v);
		take_records(v);
		take_notices(v);
		take_keys(v);
		grant_wish(v);
		if (tui_work(v->tui, SLICE_NS))
			v->more = true;
		else if (v->save_fd >= 0)
			step_save(v);
		int64_t now = monotonic();
		look_at_engine(v, now);
		if (tui_changed(v->tui) && now - v->drawn >= FRAME_NS) {
			tui_draw(v->tui);
			v->drawn = now;
		}
	}
}

static void say_losses(const struct view_run *v)
{
	uint64_t dropped = mux_dropped(v->mux);

	if (dropped > 0)
		say("dropped %llu record%s in all", (unsigned long long)dropped,
			dropped == 1 ? "" : "s");
}

static int run(struct view_run *v)
{
	struct filter_set *set = opening_filters(v->options);

	if (set == NULL)
		return 2;
	filter_set_free(set);
	open_mux(v);
	if (!opening_sources(&v->opening, v->mux, &v->status))
		return 2;
	if (mux_sources(v->mux) == 0)
		return 1;
	if (!open_terminal(v))
		return 2;
	open_viewer(v);
	mux_start(v->mux);
	loop(v);
	screen_close();
	mux_stop(v->mux);
	say_losses(v);
	return v->status != 0 || mux_failed(v->mux) ? 1 : 0;
}

int view_run(const struct options *o)
{
	struct view_run v = {.options = o, .terminal = -1, .save_fd = -1};
	int status;

	formats_init();
	opening_init(&v.opening, o);
	status = run(&v);
	if (v.save_fd >= 0)
		end_save(&v, NULL);
	tui_free(v.tui);
	store_free(v.store);
	mux_free(v.mux);
	buf_free(&v.save_bytes);
	buf_free(&v.sources);
	return status;
}
