/*
 * options: the parser. It knows the kinds of options and nothing of single ones, except
 * where two belong together (finish).
 */
#include "cli/options.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/option_values.h"
#include "core/mem.h"
#include "sources/source.h"

struct parser {
	int argc;
	int at; /* the next word */
	char **argv;
	bool bare; /* no command was named */
	bool only_words; /* no options from here on */
	struct options *o;
	struct err *err;
};

static const char *command_name(const struct parser *p)
{
	return commands_table[p->o->command].name;
}

static bool is_here(const struct parser *p, const struct option *row)
{
	return (row->commands & 1u << p->o->command) != 0;
}

/* The command's own option, or else another command's of that name. */
static const struct option *find_long(const struct parser *p, struct str name)
{
	const struct option *elsewhere = NULL;
	for (size_t i = 0; i < options_count; i++) {
		const struct option *row = &options_table[i];
		if (!str_is(name, row->name))
			continue;
		if (is_here(p, row))
			return row;
		if (elsewhere == NULL)
			elsewhere = row;
	}
	return elsewhere;
}

static const struct option *find_letter(const struct parser *p, char letter)
{
	const struct option *elsewhere = NULL;
	for (size_t i = 0; i < options_count; i++) {
		const struct option *row = &options_table[i];
		if (row->letter != letter)
			continue;
		if (is_here(p, row))
			return row;
		if (elsewhere == NULL)
			elsewhere = row;
	}
	return elsewhere;
}

/* Whether B is near enough to A to be what was meant; lower is nearer. */
static bool is_near(struct str a, const char *b, unsigned *best)
{
	struct str other = str_from(b);
	size_t longer = a.len > other.len ? a.len : other.len;
	unsigned distance = str_distance(a, other);
	/* The start of a name is what people type who know abbreviations. */
	if (a.len >= 2 && a.len < other.len && memcmp(a.ptr, b, a.len) == 0)
		distance = 1;
	if (distance > longer * 2 / 5 || distance >= *best)
		return false;
	*best = distance;
	return true;
}

static bool unknown_long(struct parser *p, struct str name)
{
	unsigned best = 64;
	const char *near = NULL;
	for (size_t i = 0; i < options_count; i++) {
		const struct option *row = &options_table[i];
		if (is_here(p, row) && is_near(name, row->name, &best))
			near = row->name;
	}
	if (near == NULL) {
		return err_set(p->err, "unknown option '--%.*s' (see mplog help %s)",
			(int)name.len, name.ptr, command_name(p));
	}
	return err_set(p->err,
		"unknown option '--%.*s'; did you mean '--%s'? (see mplog help %s)",
		(int)name.len, name.ptr, near, command_name(p));
}

/* True if the command takes the option; else says which commands do. */
static bool belongs(struct parser *p, const struct use *use)
{
	char list[128] = "";
	unsigned left = use->row->commands & ~(1u << COMMAND_VIEW);
	if (is_here(p, use->row))
		return true;
	for (unsigned c = 0; c < COMMAND_COUNT; c++) {
		size_t used = strlen(list);
		if ((left & 1u << c) == 0)
			continue;
		left &= ~(1u << c);
		snprintf(list + used, sizeof(list) - used, "%s%s",
			used == 0 ? "" : left != 0 ? ", " : " and ",
			commands_table[c].name);
	}
	return err_set(p->err, "'%s' is an option of %s, not of %s (see mplog help %s)",
		use->name, list, command_name(p), command_name(p));
}

/* The next word as an option's argument. */
static bool take_next(struct parser *p, const struct use *use)
{
	char list[128];
	if (p->at < p->argc)
		return option_take(use, p->argv[p->at++], p->o);
	if (use->row->kind == OPTION_WORD) {
		option_list_words(use->row->words, list, sizeof(list));
		return err_set(p->err, "option '%s' needs one of %s (see mplog help %s)",
			use->name, list, command_name(p));
	}
	return err_set(p->err, "option '%s' needs a value: %s %s (see mplog help %s)",
		use->name, use->name, use->row->arg, command_name(p));
}

static bool parse_long(struct parser *p, const char *word)
{
	const char *equals = strchr(word, '=');
	struct str name = str_make(word + 2,
		equals == NULL ? strlen(word + 2) : (size_t)(equals - word - 2));
	struct use use = {.row = find_long(p, name), .err = p->err};
	if (str_is(name, "tee"))
		return err_set(p->err, "'--tee' is not in this version");
	if (use.row == NULL)
		return unknown_long(p, name);
	snprintf(use.name, sizeof(use.name), "--%s", use.row->name);
	if (!belongs(p, &use))
		return false;
	if (use.row->arg == NULL && equals != NULL) {
		return err_set(p->err, "option '%s' takes no value, but was given '%s'",
			use.name, equals + 1);
	}
	if (use.row->arg == NULL)
		return option_take(&use, NULL, p->o);
	return equals != NULL ? option_take(&use, equals + 1, p->o) : take_next(p, &use);
}

/* -q, -qc, -lX, -ql X */
static bool parse_letters(struct parser *p, const char *word)
{
	for (const char *c = word + 1; *c != '\0'; c++) {
		struct use use = {
			.row = find_letter(p, *c), .name = {'-', *c}, .err = p->err};
		if (use.row == NULL) {
			return err_set(p->err, "unknown option '-%c' (see mplog help %s)",
				*c, command_name(p));
		}
		if (!belongs(p, &use))
			return false;
		if (use.row->arg != NULL)
			return c[1] != '\0' ? option_take(&use, c + 1, p->o)
					    : take_next(p, &use);
		option_take(&use, NULL, p->o);
	}
	return true;
}

static int command_find(struct str word)
{
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (commands_table[i].name != NULL &&
			str_is(word, commands_table[i].name))
			return i;
	}
	return -1;
}

/* Says why WORD is no command; always false. */
static bool unknown_command(struct parser *p, const char *word)
{
	unsigned best = 64;
	const char *near = NULL;
	for (size_t i = 0; commands_later[i] != NULL; i++) {
		if (strcmp(word, commands_later[i]) == 0)
			return err_set(p->err, "'%s' is not in this version", word);
	}
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const char *name = commands_table[i].name;
		if (name != NULL && is_near(str_from(word), name, &best))
			near = name;
	}
	if (near == NULL) {
		return err_set(p->err, "'%s' is no command%s (see mplog help)", word,
			p->bare ? " and no source" : "");
	}
	return err_set(p->err,
		"unknown command '%s'; did you mean '%s'? (see mplog help)", word, near);
}

static bool take_topic(struct parser *p, const char *word)
{
	struct options *o = p->o;
	if (o->topic != NULL) {
		return err_set(p->err, "'%s' is one word too many (see mplog help %s)",
			word, command_name(p));
	}
	if (o->command == COMMAND_HELP && command_find(str_from(word)) < 0)
		return unknown_command(p, word);
	o->topic = word;
	return true;
}

static bool take_positional(struct parser *p, char *word)
{
	struct options *o = p->o;
	if (commands_table[o->command].words) {
		option_list_add(&o->words, word);
		p->only_words |= commands_table[o->command].commands;
		return true;
	}
	if (!commands_table[o->command].reads)
		return take_topic(p, word);
	if (p->bare && command_find(str_from(word)) >= 0 && access(word, F_OK) != 0)
		return err_set(p->err, "the command comes first: mplog %s ...", word);
	o->sources = xrealloc(o->sources, (o->source_count + 1) * sizeof(*o->sources));
	o->sources[o->source_count++] = word;
	return true;
}

static bool parse_words(struct parser *p)
{
	while (p->at < p->argc && !p->o->help && !p->o->version) {
		char *word = p->argv[p->at++];
		bool good;
		if (p->only_words || word[0] != '-' || word[1] == '\0') {
			good = take_positional(p, word);
		} else if (strcmp(word, "--") == 0) {
			p->only_words = good = true;
		} else {
			good = word[1] == '-' ? parse_long(p, word)
					      : parse_letters(p, word);
		}
		if (!good)
			return false;
	}
	return true;
}

/* Which command the first word is; a first word that is a source is left to be read. */
static bool find_command(struct parser *p)
{
	const char *word = p->argc > 1 ? p->argv[1] : "-";
	int found = command_find(str_from(word));
	p->at = 1;
	if (found >= 0) {
		p->o->command = (enum command)found;
		p->at = 2;
		return true;
	}
	p->bare = true;
	p->o->command = isatty(STDOUT_FILENO) ? COMMAND_VIEW : COMMAND_FILTER;
	if (word[0] != '-' && !source_looks_like(word))
		return unknown_command(p, word);
	return true;
}

/* The defaults, from the same table and through the same door as what users write. */
static void preset(struct parser *p)
{
	struct options *o = p->o;
	o->context = o->before = o->after = o->head = COUNT_ALL;
	o->follow = o->command == COMMAND_TAIL || o->command == COMMAND_RUN ||
		    o->command == COMMAND_VIEW;
	for (size_t i = 0; i < options_count; i++) {
		struct use use = {
			.row = &options_table[i], .name = "preset", .err = p->err};
		bool good =
			use.row->preset == NULL || option_take(&use, use.row->preset, o);
		assert(good);
		(void)good;
	}
}

/* What options do to each other, wherever on the line they stand. */
static void join(struct options *o)
{
	for (size_t i = 0; i < o->spec_count; i++) {
		struct filter_spec *spec = &o->specs[i];
		bool regex = strcmp(spec->kind, "module") == 0 ||
			     strcmp(spec->kind, "grep") == 0;
		if (regex && o->ignore_case)
			spec->flags |= FILTER_NOCASE;
		if (regex && o->fixed_strings)
			spec->flags |= FILTER_FIXED;
		if (strcmp(spec->kind, "level") == 0 && o->unknown == 1)
			spec->flags |= FILTER_UNKNOWN;
	}
	uint64_t around = o->context == COUNT_ALL ? 0 : o->context;
	if (o->before == COUNT_ALL)
		o->before = around;
	if (o->after == COUNT_ALL)
		o->after = around;
	if (o->raw)
		o->color = o->prefix = o->escape = WHEN_NEVER;
}

/* What only text can be: into a pipe or a file, or as the options say. */
static bool wants_text(const struct options *o)
{
	return !isatty(STDOUT_FILENO) || o->output != NULL || o->show != NULL || o->hide != NULL ||
	       o->raw || o->count || o->quiet || o->head != COUNT_ALL ||
	       o->context != COUNT_ALL || o->before != COUNT_ALL || o->after != COUNT_ALL;
}

static bool finish(struct parser *p)
{
	struct options *o = p->o;
	if (o->help) {
		o->topic = p->bare ? NULL : command_name(p);
		o->command = COMMAND_HELP;
	} else if (o->version) {
		o->command = COMMAND_VERSION;
	} else if (o->command == COMMAND_VIEW && wants_text(o)) {
		o->command = COMMAND_FILTER;
		o->follow = false;
	} else if (o->command == COMMAND_COMPLETIONS && o->topic == NULL) {
		return err_set(p->err, "completions for which shell: bash, zsh or fish?");
	}
	join(o);
	return true;
}

bool options_parse(int argc, char **argv, struct options *o, struct err *err)
{
	struct parser p = {.argc = argc, .argv = argv, .o = o, .err = err};
	memset(o, 0, sizeof(*o));
	if (!find_command(&p))
		return false;
	preset(&p);
	if (parse_words(&p) && finish(&p))
		return true;
	options_free(o);
	return false;
}

void options_free(struct options *o)
{
	for (size_t i = 0; i < o->spec_count; i++)
		free(o->spec_options[i]);
	free(o->spec_options);
	free(o->specs);
	free(o->sources);
	free(o->words.items);
	free(o->send.fields.items);
	memset(o, 0, sizeof(*o));
}
