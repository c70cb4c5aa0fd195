/*
 * options: the parser. It knows the kinds of options and nothing of single ones, except
 * where two belong together (finish).
 */
#include "cli/options.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "sources/source.h"

#define NUMBER_MAX INT64_MAX
#define CONTEXT_MAX 100000

struct parser {
	int argc;
	int at; /* the next word */
	char **argv;
	bool bare; /* no command was named */
	struct options *o;
	struct err *err;
};

/* An option as it stands on the command line. */
struct use {
	const struct option *row;
	char name[64]; /* "--level", "-l" */
};

bool words_next(struct str *rest, struct str *word)
{
	return str_split(rest, ' ', word);
}

static const char *command_name(const struct parser *p)
{
	return commands_table[p->o->command].name;
}

static const struct option *find_long(struct str name)
{
	for (size_t i = 0; i < options_count; i++) {
		if (str_is(name, options_table[i].name))
			return &options_table[i];
	}
	return NULL;
}

static const struct option *find_letter(char letter)
{
	for (size_t i = 0; i < options_count; i++) {
		if (options_table[i].letter == letter)
			return &options_table[i];
	}
	return NULL;
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
		bool here = (row->commands & 1u << p->o->command) != 0;
		if (here && is_near(name, row->name, &best))
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
	if ((use->row->commands & 1u << p->o->command) != 0)
		return true;
	for (unsigned c = 0; c < COMMAND_COUNT; c++) {
		size_t used = strlen(list);
		if ((use->row->commands & 1u << c) == 0 || c == COMMAND_VIEW)
			continue;
		snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? " and " : "",
			commands_table[c].name);
	}
	return err_set(p->err, "'%s' is an option of %s, not of %s (see mplog help %s)",
		use->name, list, command_name(p), command_name(p));
}

static bool bad_number(struct parser *p, const struct use *use, struct str value)
{
	const struct option *row = use->row;
	if (row->kind == OPTION_ALL) {
		return err_set(p->err, "option '%s': '%.*s' is neither a number nor 'all'",
			use->name, (int)value.len, value.ptr);
	}
	if (row->most == NUMBER_MAX) {
		return err_set(p->err, "option '%s': '%.*s' is not a number", use->name,
			(int)value.len, value.ptr);
	}
	return err_set(p->err, "option '%s': '%.*s' is not a number from %llu to %llu",
		use->name, (int)value.len, value.ptr, (unsigned long long)row->least,
		(unsigned long long)row->most);
}

static bool take_number(
	struct parser *p, const struct use *use, struct str value, uint64_t *out)
{
	uint64_t n;
	if (use->row->kind == OPTION_ALL && str_is(value, "all")) {
		*out = COUNT_ALL;
		return true;
	}
	if (!str_to_u64(value, &n) || n < use->row->least || n > use->row->most)
		return bad_number(p, use, value);
	*out = n;
	return true;
}

/* How far a size's unit shifts it: "K" 10, "MiB" 20; -1 if it is none. */
static int unit_shift(struct str unit)
{
	static const char letters[] = "KMGT";
	const char *at;
	if (unit.len == 0 || str_is(unit, "B"))
		return 0;
	at = memchr(letters, unit.ptr[0] & ~0x20, sizeof(letters) - 1);
	unit = str_skip(unit, 1);
	if (at == NULL || !(unit.len == 0 || str_is(unit, "B") || str_is(unit, "iB")))
		return -1;
	return 10 * (int)(at - letters + 1);
}

static size_t count_digits(struct str value)
{
	size_t n = 0;
	while (n < value.len && value.ptr[n] >= '0' && value.ptr[n] <= '9')
		n++;
	return n;
}

static bool take_size(
	struct parser *p, const struct use *use, struct str value, uint64_t *out)
{
	const struct option *row = use->row;
	size_t digits = count_digits(value);
	int shift = unit_shift(str_skip(value, digits));
	uint64_t n;
	bool fits = shift >= 0 && str_to_u64(str_make(value.ptr, digits), &n) &&
		    n <= row->most >> shift;
	if (!fits || n << shift < row->least) {
		bool mega = row->least >= 1 << 20;
		return err_set(p->err,
			"option '%s': '%.*s' is not a size from %llu%s%s such as 64K, 256M, 1G",
			use->name, (int)value.len, value.ptr,
			(unsigned long long)(row->least >> (mega ? 20 : 10)), mega ? "M" : "K",
			row->most == 1 << 30 ? " to 1G," : " up,");
	}
	*out = n << shift;
	return true;
}

static bool take_duration(
	struct parser *p, const struct use *use, struct str value, int64_t *out)
{
	size_t digits = count_digits(value);
	struct str unit = str_skip(value, digits);
	uint64_t scale = str_is(unit, "s") ? 1000 : 1;
	bool known = scale > 1 || unit.len == 0 || str_is(unit, "ms");
	uint64_t n;
	if (!known || !str_to_u64(str_make(value.ptr, digits), &n) ||
		n > use->row->most / scale) {
		return err_set(p->err,
			"option '%s': '%.*s' is not a time from 0 to %llu ms such as 250 or 2s",
			use->name, (int)value.len, value.ptr,
			(unsigned long long)use->row->most);
	}
	*out = (int64_t)(n * scale) * 1000000;
	return true;
}

static bool take_word(
	struct parser *p, const struct use *use, struct str value, unsigned *out)
{
	struct str rest = str_from(use->row->words), word;
	char list[128] = "";
	for (unsigned i = 0; words_next(&rest, &word); i++) {
		size_t used = strlen(list);
		if (str_eq(word, value)) {
			*out = i;
			return true;
		}
		snprintf(list + used, sizeof(list) - used, "%s%.*s", i > 0 ? ", " : "",
			(int)word.len, word.ptr);
	}
	return err_set(p->err, "option '%s': '%.*s' is not one of %s", use->name,
		(int)value.len, value.ptr, list);
}

static void add_spec(struct options *o, const struct use *use, struct str value)
{
	size_t n = o->spec_count + 1;
	o->specs = xrealloc(o->specs, n * sizeof(*o->specs));
	o->spec_options = xrealloc(o->spec_options, n * sizeof(*o->spec_options));
	o->specs[n - 1] = (struct filter_spec){
		.kind = use->row->filter, .text = value, .flags = use->row->filter_flags};
	o->spec_options[n - 1] = xstrdup(use->name);
	o->spec_count = n;
}

/* Puts VALUE, which is NULL for flags, where the row wants it. */
static bool take(struct parser *p, const struct use *use, const char *value)
{
	const struct option *row = use->row;
	void *target = (char *)p->o + row->target;
	struct str text = str_from(value == NULL ? "" : value);
	if (row->given != 0)
		*(bool *)(void *)((char *)p->o + row->given) = true;
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)target = true;
		return true;
	case OPTION_UNFLAG:
		*(bool *)target = false;
		return true;
	case OPTION_TEXT:
		*(const char **)target = value;
		return true;
	case OPTION_NUMBER:
	case OPTION_ALL:
		return take_number(p, use, text, target);
	case OPTION_SIZE:
		return take_size(p, use, text, target);
	case OPTION_DURATION:
		return take_duration(p, use, text, target);
	case OPTION_WORD:
		return take_word(p, use, text, target);
	case OPTION_FILTER:
		add_spec(p->o, use, text);
		return true;
	}
	return false;
}

/* The next word as an option's argument. */
static bool take_next(struct parser *p, const struct use *use)
{
	if (p->at < p->argc)
		return take(p, use, p->argv[p->at++]);
	if (use->row->kind == OPTION_WORD) {
		return err_set(p->err, "option '%s' needs one of: %s (see mplog help %s)",
			use->name, use->row->words, command_name(p));
	}
	return err_set(p->err, "option '%s' needs %s %s behind it (see mplog help %s)",
		use->name, strchr("AEIO", use->row->arg[0]) != NULL ? "an" : "a",
		use->row->arg, command_name(p));
}

static bool parse_long(struct parser *p, const char *word)
{
	const char *equals = strchr(word, '=');
	struct str name = str_make(word + 2,
		equals == NULL ? strlen(word + 2) : (size_t)(equals - word - 2));
	struct use use = {.row = find_long(name)};
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
		return take(p, &use, NULL);
	return equals != NULL ? take(p, &use, equals + 1) : take_next(p, &use);
}

/* -q, -qc, -lX, -ql X */
static bool parse_letters(struct parser *p, const char *word)
{
	for (const char *c = word + 1; *c != '\0'; c++) {
		struct use use = {.row = find_letter(*c), .name = {'-', *c}};
		if (use.row == NULL) {
			return err_set(p->err, "unknown option '-%c' (see mplog help %s)", *c,
				command_name(p));
		}
		if (!belongs(p, &use))
			return false;
		if (use.row->arg != NULL)
			return c[1] != '\0' ? take(p, &use, c + 1) : take_next(p, &use);
		take(p, &use, NULL);
	}
	return true;
}

static int command_find(struct str word)
{
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (commands_table[i].name != NULL && str_is(word, commands_table[i].name))
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
	if (near == NULL)
		return err_set(p->err, "'%s' is no command and no source (see mplog help)", word);
	return err_set(p->err, "unknown command '%s'; did you mean '%s'? (see mplog help)",
		word, near);
}

static bool take_topic(struct parser *p, const char *word)
{
	struct options *o = p->o;
	if (o->topic != NULL) {
		return err_set(p->err, "'%s' is one word too many (see mplog help %s)", word,
			command_name(p));
	}
	if (o->command == COMMAND_HELP && command_find(str_from(word)) < 0)
		return unknown_command(p, word);
	o->topic = word;
	return true;
}

static bool take_positional(struct parser *p, char *word)
{
	struct options *o = p->o;
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
	bool only_sources = false;
	while (p->at < p->argc && !p->o->help && !p->o->version) {
		char *word = p->argv[p->at++];
		bool good;
		if (only_sources || word[0] != '-' || word[1] == '\0') {
			good = take_positional(p, word);
		} else if (strcmp(word, "--") == 0) {
			only_sources = good = true;
		} else {
			good = word[1] == '-' ? parse_long(p, word) : parse_letters(p, word);
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
	o->follow = o->command == COMMAND_TAIL;
	for (size_t i = 0; i < options_count; i++) {
		struct use use = {.row = &options_table[i], .name = "preset"};
		bool good = use.row->preset == NULL || take(p, &use, use.row->preset);
		assert(good);
		(void)good;
	}
}

/* What options do to each other, wherever on the line they stand. */
static void join(struct options *o)
{
	for (size_t i = 0; i < o->spec_count; i++) {
		struct filter_spec *spec = &o->specs[i];
		bool regex = strcmp(spec->kind, "module") == 0 || strcmp(spec->kind, "grep") == 0;
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

static bool finish(struct parser *p)
{
	struct options *o = p->o;
	if (o->help) {
		o->topic = p->bare ? NULL : command_name(p);
		o->command = COMMAND_HELP;
	} else if (o->version) {
		o->command = COMMAND_VERSION;
	} else if (o->command == COMMAND_VIEW) {
		return err_set(p->err,
			"the interactive viewer is not in this version; use mplog tail");
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
	memset(o, 0, sizeof(*o));
}

#define ON_TAIL (1u << COMMAND_TAIL)
#define ON_READ (ON_TAIL | 1u << COMMAND_FILTER | 1u << COMMAND_VIEW)
#define ON_ALL (ON_READ | 1u << COMMAND_HELP | 1u << COMMAND_COMPLETIONS)
#define FILLS(member) .target = offsetof(struct options, member)
#define GIVEN(member) .given = offsetof(struct options, member)
#define FIELD_WORDS \
	"time level source module message function file line pid process thread host exception"
#define OPTION(...) {__VA_ARGS__},

static_assert(sizeof(enum time_style) == sizeof(unsigned), "enums are stored as unsigned");

const struct option options_table[] = {
#include "cli/options_table.h"
};
const size_t options_count = sizeof(options_table) / sizeof(options_table[0]);

const char *const option_groups[GROUP_COUNT] = {
	[GROUP_CHOOSE] = "Choosing records",
	[GROUP_SHOW] = "Showing records",
	[GROUP_ORDER] = "Order and limits",
	[GROUP_GENERAL] = "General",
};
