/*
 * option_values: numbers, sizes, durations and words of lists, with an error for each
 * that says what is allowed; and the tables that say which option is which.
 */
#include "cli/option_values.h"

#include <assert.h>
#include <stdio.h>

#include "core/mem.h"

#define NUMBER_MAX INT64_MAX
#define CONTEXT_MAX 100000

bool words_next(struct str *rest, struct str *word)
{
	return str_split(rest, ' ', word);
}

void option_list_words(const char *words, char *list, size_t size)
{
	struct str rest = str_from(words), word;
	size_t used = 0;
	while (words_next(&rest, &word) && used < size) {
		int n = snprintf(list + used, size - used, "%s%.*s", used > 0 ? ", " : "",
			(int)word.len, word.ptr);
		used += (size_t)n;
	}
}

static bool bad_number(const struct use *use, struct str value)
{
	const struct option *row = use->row;
	if (row->kind == OPTION_ALL) {
		return err_set(use->err,
			"option '%s': '%.*s' is neither a number nor 'all'", use->name,
			(int)value.len, value.ptr);
	}
	if (row->most == NUMBER_MAX) {
		return err_set(use->err, "option '%s': '%.*s' is not a number", use->name,
			(int)value.len, value.ptr);
	}
	return err_set(use->err, "option '%s': '%.*s' is not a number from %llu to %llu",
		use->name, (int)value.len, value.ptr, (unsigned long long)row->least,
		(unsigned long long)row->most);
}

static bool take_number(const struct use *use, struct str value, uint64_t *out)
{
	uint64_t n;
	if (use->row->kind == OPTION_ALL && str_is(value, "all")) {
		*out = COUNT_ALL;
		return true;
	}
	if (!str_to_u64(value, &n) || n < use->row->least || n > use->row->most)
		return bad_number(use, value);
	*out = n;
	return true;
}

/* How far a size's unit shifts it: "K" 10, "MiB" 20; -1 if it is none. */
static int unit_shift(struct str unit)
{
	static const char letters[] = {'K', 'M', 'G', 'T'};
	const char *at;
	if (unit.len == 0 || str_is(unit, "B"))
		return 0;
	at = memchr(letters, unit.ptr[0] & ~0x20, sizeof(letters));
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

static bool bad_size(const struct use *use, struct str value)
{
	const struct option *row = use->row;
	bool mega = row->least >= 1 << 20;
	return err_set(use->err,
		"option '%s': '%.*s' is not a size from %llu%s%s such as 64K, 256M or 1G",
		use->name, (int)value.len, value.ptr,
		(unsigned long long)(row->least >> (mega ? 20 : 10)), mega ? "M" : "K",
		row->most == 1 << 30 ? " to 1G," : " up,");
}

static bool take_size(const struct use *use, struct str value, uint64_t *out)
{
	const struct option *row = use->row;
	size_t digits = count_digits(value);
	int shift = unit_shift(str_skip(value, digits));
	uint64_t n;
	if (shift < 0 || !str_to_u64(str_make(value.ptr, digits), &n))
		return bad_size(use, value);
	if (n > row->most >> shift || n << shift < row->least)
		return bad_size(use, value);
	*out = n << shift;
	return true;
}

static bool take_duration(const struct use *use, struct str value, int64_t *out)
{
	size_t digits = count_digits(value);
	struct str unit = str_skip(value, digits);
	uint64_t scale = str_is(unit, "s") ? 1000 : 1;
	bool known = scale > 1 || unit.len == 0 || str_is(unit, "ms");
	uint64_t n;
	if (!known || !str_to_u64(str_make(value.ptr, digits), &n) ||
		n > use->row->most / scale) {
		return err_set(use->err,
			"option '%s': '%.*s' is not a time from 0 to %llu ms, such as "
			"250 or 2s",
			use->name, (int)value.len, value.ptr,
			(unsigned long long)use->row->most);
	}
	*out = (int64_t)(n * scale) * 1000000;
	return true;
}

static bool take_word(const struct use *use, struct str value, unsigned *out)
{
	struct str rest = str_from(use->row->words), word;
	char list[128];
	for (unsigned i = 0; words_next(&rest, &word); i++) {
		if (str_eq(word, value)) {
			*out = i;
			return true;
		}
	}
	option_list_words(use->row->words, list, sizeof(list));
	return err_set(use->err, "option '%s': '%.*s' is not one of %s", use->name,
		(int)value.len, value.ptr, list);
}

static void add_spec(const struct use *use, struct str value, struct options *o)
{
	size_t n = o->spec_count + 1;
	o->specs = xrealloc(o->specs, n * sizeof(*o->specs));
	o->spec_options = xrealloc(o->spec_options, n * sizeof(*o->spec_options));
	o->specs[n - 1] = (struct filter_spec){
		.kind = use->row->filter, .text = value, .flags = use->row->filter_flags};
	o->spec_options[n - 1] = xstrdup(use->name);
	o->spec_count = n;
}

void option_list_add(struct option_list *list, const char *word)
{
	list->items = xrealloc(list->items, (list->count + 1) * sizeof(*list->items));
	list->items[list->count++] = word;
}

bool option_take(const struct use *use, const char *value, struct options *o)
{
	const struct option *row = use->row;
	void *target = (char *)o + row->target;
	struct str text = str_from(value == NULL ? "" : value);
	if (row->given != 0)
		*(bool *)(void *)((char *)o + row->given) = true;
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
		return take_number(use, text, target);
	case OPTION_SIZE:
		return take_size(use, text, target);
	case OPTION_DURATION:
		return take_duration(use, text, target);
	case OPTION_WORD:
		return take_word(use, text, target);
	case OPTION_LIST:
		option_list_add(target, value);
		return true;
	case OPTION_FILTER:
		add_spec(use, text, o);
		return true;
	}
	return false;
}

#define ON_TAIL (1u << COMMAND_TAIL)
#define ON_RUN (1u << COMMAND_RUN)
#define ON_VIEW (1u << COMMAND_VIEW)
#define ON_LIVE (ON_TAIL | ON_VIEW)
#define ON_READ (ON_TAIL | ON_RUN | 1u << COMMAND_FILTER | ON_VIEW)
#define ON_SEND (1u << COMMAND_SEND)
#define ON_ALL (ON_READ | 1u << COMMAND_HELP | 1u << COMMAND_COMPLETIONS | ON_SEND)
#define FILLS(member) .target = offsetof(struct options, member)
#define GIVEN(member) .given = offsetof(struct options, member)
#define FIELD_WORDS                                                                      \
	"time level source module message function file line pid process thread host "   \
	"exception"
#define OPTION(...) {__VA_ARGS__},

static_assert(COUNT_ALL == HISTORY_ALL, "-n all is the engine's all");
static_assert(ORDER_TIME == 0 && ORDER_EXACT == 1 && ORDER_ARRIVAL == 2,
	"words of --order are in the order of the enum");

const struct option options_table[] = {
#include "cli/options_table.h"
};
const size_t options_count = sizeof(options_table) / sizeof(options_table[0]);

const char *const option_groups[GROUP_COUNT] = {
	[GROUP_CHOOSE] = "Choosing records",
	[GROUP_SHOW] = "Showing records",
	[GROUP_ORDER] = "Order and limits",
	[GROUP_SEND] = "What is sent, and where to",
	[GROUP_GENERAL] = "General",
};
