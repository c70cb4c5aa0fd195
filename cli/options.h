/*
 * options: the command line as a struct. Every option is one row of options_table.h; the
 * parser here, the help texts (help.h), the completions (completions.h) and the check of
 * the man page all come from it.
 *
 *	struct options o;
 *	if (!options_parse(argc, argv, &o, &err))
 *		... "mplog: " err.msg, status 2
 *	switch (o.command) ...
 *	options_free(&o);
 *
 * What an option's text means beyond a number or a word of a list (levels, regexes,
 * times, templates, zones, sources) is found out by those who use it. Error texts quote
 * what the user wrote: escape before showing.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/output.h"
#include "core/err.h"
#include "filters/filter.h"
#include "merge/mux.h"

enum command {
	COMMAND_VIEW,
	COMMAND_TAIL,
	COMMAND_FILTER,
	COMMAND_RUN,         /* words: the commands */
	COMMAND_SEND,        /* words: the message */
	COMMAND_HELP,        /* topic: a command or NULL */
	COMMAND_COMPLETIONS, /* topic: the shell */
	COMMAND_VERSION,
	COMMAND_COUNT
};

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };
enum on_full { ON_FULL_BLOCK, ON_FULL_DROP };

#define COUNT_ALL UINT64_MAX /* no limit; of history: HISTORY_ALL */

/* Words in the order of the command line. */
struct option_list {
	const char **items;
	size_t count;
};

struct options {
	enum command command;
	const char *topic;
	struct option_list words; /* of a command that takes any */

	/* In the order of the command line; spec_options[i] is how the user called the
	 * option that specs[i] came from ("-l", "--level"). */
	struct filter_spec *specs;
	char **spec_options;
	size_t spec_count;

	char **sources;
	size_t source_count;

	bool ignore_case;
	bool fixed_strings;
	unsigned unknown;    /* 1: keep */
	uint64_t context;    /* COUNT_ALL: not given; before and after are what counts */
	uint64_t before;
	uint64_t after;
	bool count;
	bool quiet;
	uint64_t head;       /* COUNT_ALL: no limit */

	const char *output;  /* NULL: pretty on a terminal, else text */
	const char *show;
	const char *hide;
	unsigned color;      /* enum when; all three WHEN_NEVER under raw */
	unsigned prefix;
	unsigned escape;
	bool raw;
	const char *tz;
	unsigned time;       /* enum time_style */
	bool time_given;

	int64_t window_ns;
	unsigned order;      /* enum mux_order */
	uint64_t memory;     /* bytes */
	uint64_t max_record; /* bytes */
	uint64_t max_connections;
	unsigned on_full;    /* enum on_full */

	uint64_t history;    /* tail: COUNT_ALL: all */
	bool follow;         /* true for run, and for tail unless --no-follow */
	bool wait;
	bool poll;
	bool no_attach;
	bool no_config;
	bool restart;
	bool fail_fast;
	bool pty;

	struct {
		const char *level; /* NULL where not given, as the next four */
		const char *module;
		const char *time;
		const char *to;
		struct option_list fields;
		unsigned as;   /* enum send_as */
	} send;

	bool help;           /* these two turn the command into HELP and VERSION */
	bool version;
};

/* Reads the words of ARGV, which O borrows from. COMMAND_VIEW, a bare `mplog`, too,
 * becomes COMMAND_FILTER if stdout is no terminal or options ask for text. On failure O is empty and need not be
 * freed. */
bool options_parse(int argc, char **argv, struct options *o, struct err *err);
void options_free(struct options *o);

/*
 * The tables, for help, completions and tests. Options of different commands may have the
 * same name and letter.
 */
enum option_kind {
	OPTION_FLAG,     /* bool, true */
	OPTION_UNFLAG,   /* bool, false */
	OPTION_TEXT,     /* const char * */
	OPTION_NUMBER,   /* uint64_t, LEAST to MOST */
	OPTION_ALL,      /* likewise, or the word "all" */
	OPTION_SIZE,     /* likewise, bytes with K, M, G or T behind them */
	OPTION_DURATION, /* int64_t ns, from ms, or with ms or s behind it */
	OPTION_WORD,     /* unsigned: the place in WORDS */
	OPTION_LIST,     /* struct option_list; repeatable */
	OPTION_FILTER    /* appended to specs; repeatable */
};

enum option_group {
	GROUP_CHOOSE,
	GROUP_SHOW,
	GROUP_ORDER,
	GROUP_SEND,
	GROUP_GENERAL,
	GROUP_COUNT
};

struct option {
	const char *name;          /* "level" */
	char letter;               /* 'l', or 0 */
	enum option_kind kind;
	enum option_group group;
	unsigned commands;         /* 1 << COMMAND_X, ... */
	const char *arg;           /* "LEVEL"; NULL for flags */
	const char *words;         /* "auto always never"; of other kinds a hint */
	const char *preset;        /* the default as shown in help, or NULL */
	size_t target;             /* offset in struct options */
	size_t given;              /* offset of a bool that becomes true, or 0 */
	uint64_t least;
	uint64_t most;
	const char *filter;        /* OPTION_FILTER: what its filter_spec gets */
	unsigned filter_flags;
	const char *help;
};

struct command_info {
	const char *name;
	const char *usage;         /* behind the name: "[OPTION...] [SOURCE...]" */
	const char *summary;       /* one line of the overview */
	const char *about;         /* a paragraph */
	bool reads;                /* takes sources */
	bool words;                /* takes words of any kind */
	bool commands;             /* and they are commands: no options behind the first */
	const char *examples[3][2]; /* what it does, how */
};

extern const struct option options_table[];
extern const size_t options_count;
/* By enum command; COMMAND_VERSION has no name. */
extern const struct command_info commands_table[COMMAND_COUNT];
extern const char *const option_groups[GROUP_COUNT];
/* Commands that have a name already and nothing behind it; NULL at the end. */
extern const char *const commands_later[];

void option_list_add(struct option_list *list, const char *word);

/* The words of a blank-separated list, one after the other, like str_split. */
bool words_next(struct str *rest, struct str *word);

#endif
