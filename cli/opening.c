/*
 * opening: from the words of the command line to sources that are open.
 */
#include "cli/opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/say.h"
#include "core/mem.h"

static bool has_syntax(const char *kind)
{
	return strcmp(kind, "expr") == 0 || strcmp(kind, "grep") == 0 ||
	       strcmp(kind, "module") == 0;
}

/* Opens the sources that were named. Those that are missing are tried again once others
 * are open, to be waited for. False: the words were wrong, nothing is to be read. */
static bool open_named(struct opening *p, struct mux *mux, int *status)
{
	const struct options *o = p->options;
	bool *missing = xcalloc(o->source_count, sizeof(*missing));
	struct err err = {0};
	bool good = true;

	for (size_t i = 0; i < o->source_count && good; i++) {
		if (mux_add(mux, o->sources[i], &err))
			continue;
		missing[i] = true;
		if (err.has_pos) {
			say("%s", err.msg);
			good = false;
		}
	}
	if (mux_sources(mux) > 0 && o->follow)
		mux_set_wait(mux);
	for (size_t i = 0; i < o->source_count && good; i++) {
		if (missing[i] && !mux_add(mux, o->sources[i], &err)) {
			if (err.msg[0] == '\0')
				continue; /* read already, under another name */
			say("%s", err.msg);
			*status = 1;
		}
	}
	free(missing);
	return good;
}

/* Attaches to the mplog that has the listeners. False if there is none, or none that takes
 * this one in. */
static bool attach(struct opening *p, struct mux *mux, bool *there)
{
	char spec[sizeof(p->door) + 8];
	struct err err;

	snprintf(spec, sizeof(spec), "attach:%s", p->door + strlen("unix:"));
	if (mux_add(mux, spec, &err))
		return true;
	*there = err.msg[0] != '\0';
	if (*there)
		say("%s", err.msg);
	return false;
}

/* The listeners that any program finds without being told, or who has them. The Unix
 * socket comes first: of several that start at once, it decides who listens. */
static bool open_listeners(struct opening *p, struct mux *mux)
{
	bool there = p->options->no_attach;
	struct err err;

	if (!there && attach(p, mux, &there))
		return true;
	for (size_t i = there && !p->options->no_attach ? 1 : 0; i < LISTENERS; i++) {
		if (mux_add(mux, p->listeners[i], &err))
			continue;
		if (i == 0 && !there && attach(p, mux, &there))
			return true;
		say("%s", err.msg);
	}
	if (mux_sources(mux) > 0)
		return true;
	say("no listener could be opened; name a source, for example tcp:0");
	return false;
}

static void name_listeners(struct opening *p)
{
	const char *folder = getenv("XDG_RUNTIME_DIR");

	if (folder != NULL && *folder == '/')
		snprintf(p->door, sizeof(p->door), "unix:%s/mplog.sock", folder);
	else
		snprintf(p->door, sizeof(p->door), "unix:/tmp/mplog-%u.sock",
			(unsigned)getuid());
	p->listeners[0] = p->door;
	p->listeners[1] = "tcp:9020";
	p->listeners[2] = "udp:9021";
}

/* Each file, connection and listener takes a descriptor. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void opening_init(struct opening *p, const struct options *o)
{
	p->options = o;
	name_listeners(p);
	raise_descriptors();
}

struct filter_set *opening_filters(const struct options *o)
{
	struct err err = {0};
	size_t bad = 0;
	struct filter_set *set = filter_set_new(o->specs, o->spec_count, &bad, &err);

	if (set == NULL) {
		/* Only regexes and expressions are long enough to need a caret. */
		err.has_pos = err.has_pos && has_syntax(o->specs[bad].kind);
		say_place(o->spec_options[bad], o->specs[bad].text, &err);
	}
	return set;
}

bool opening_listens(const struct options *o)
{
	bool live = o->command == COMMAND_TAIL || o->command == COMMAND_VIEW;

	return live && o->source_count == 0 && isatty(STDIN_FILENO);
}

bool opening_sources(struct opening *p, struct mux *mux, int *status)
{
	const struct options *o = p->options;
	struct err err;

	if (o->source_count > 0)
		return open_named(p, mux, status);
	if (!isatty(STDIN_FILENO)) {
		if (mux_add(mux, "-", &err))
			return true;
		say("%s", err.msg);
		return false;
	}
	if (opening_listens(o))
		return open_listeners(p, mux);
	say("name a file, a FIFO or another source to read (see mplog help filter)");
	return false;
}

bool opening_colors(void)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return (none == NULL || *none == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}
