/* The command line: what each kind of option takes and what it says when it does not. */
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/completions.h"
#include "cli/help.h"
#include "cli/options.h"

#define WORDS_MAX 40

/* Parses LINE, blank-separated, as if it were typed behind "mplog". */
static bool parse(const char *line, struct options *o, struct err *err)
{
	static char copy[512];
	static char *argv[WORDS_MAX + 1];
	int argc = 0;
	memset(err, 0, sizeof(*err));
	snprintf(copy, sizeof(copy), "mplog %s", line);
	for (char *word = strtok(copy, " "); word != NULL && argc < WORDS_MAX;
		word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(argc, argv, o, err);
}

static void fails(const char *line, const char *message)
{
	struct options o;
	struct err err;
	if (!ok(!parse(line, &o, &err), "refused: %s", line))
		options_free(&o);
	is_str(err.msg, strlen(err.msg), message, line);
}

static void test_defaults(void)
{
	struct options o;
	struct err err;
	ok(parse("tail a.log b.log", &o, &err), "tail with two sources");
	ok(o.command == COMMAND_TAIL, "is tail");
	ok(o.source_count == 2 && strcmp(o.sources[1], "b.log") == 0, "sources in order");
	ok(o.window_ns == INT64_C(250000000), "window 250 ms");
	ok(o.memory == 256u << 20 && o.max_record == 1u << 20, "sizes");
	ok(o.max_connections == 256, "connections");
	ok(o.history == 10 && o.follow, "tail follows after 10 records");
	ok(o.head == COUNT_ALL && o.before == 0 && o.after == 0, "no head, no context");
	ok(o.color == WHEN_AUTO && o.prefix == WHEN_AUTO && o.escape == WHEN_AUTO,
		"auto");
	ok(o.order == ORDER_TIME && o.on_full == ON_FULL_DROP, "order and on-full");
	ok(strcmp(o.tz, "local") == 0 && o.output == NULL && !o.time_given,
		"tz, output, time");
	ok(o.spec_count == 0 && o.unknown == 0, "no filters");
	options_free(&o);
	ok(parse("filter a.log", &o, &err) && !o.follow, "filter does not follow");
	options_free(&o);
}

static void test_spellings(void)
{
	static const char *const lines[] = {"tail -lerror", "tail -l error",
		"tail --level error", "tail --level=error", "tail -qlerror",
		"tail -iql error a.log"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct options o;
		struct err err;
		if (!ok(parse(lines[i], &o, &err), "%s", lines[i]))
			continue;
		ok(o.spec_count == 1 && strcmp(o.specs[0].kind, "level") == 0, "a level");
		is_str(o.specs[0].text.ptr, o.specs[0].text.len, "error", "its text");
		options_free(&o);
	}
}

static void test_specs(void)
{
	struct options o;
	struct err err;
	ok(parse("filter -m app -M urllib3 --grep x -v=y -e z -S web* --since now -l "
		 "info "
		 "--unknown keep a -iF",
		   &o, &err),
		"many filters");
	ok(o.spec_count == 8, "eight specs");
	ok(o.specs[0].flags == (FILTER_NOCASE | FILTER_FIXED),
		"-m, flags from later options");
	ok(o.specs[1].flags == (FILTER_NOT | FILTER_NOCASE | FILTER_FIXED),
		"-M is negated");
	ok(strcmp(o.specs[1].kind, "module") == 0, "-M is a module");
	ok(o.specs[3].flags & FILTER_NOT && strcmp(o.specs[3].kind, "grep") == 0, "-v");
	is_str(o.specs[3].text.ptr, o.specs[3].text.len, "=y",
		"a letter's = is its value's");
	ok(o.specs[4].flags == 0 && strcmp(o.specs[4].kind, "expr") == 0,
		"-e is no regex");
	ok(o.specs[7].flags == FILTER_UNKNOWN, "level keeps the unknown");
	is_str(o.spec_options[2], strlen(o.spec_options[2]), "--grep",
		"how it was called");
	is_str(o.spec_options[4], strlen(o.spec_options[4]), "-e", "by its letter");
	ok(o.source_count == 1, "a source between options");
	options_free(&o);
}

static void test_values(void)
{
	struct options o;
	struct err err;
	ok(parse("tail -C3 -A 1 --window 2s --memory 64MiB --max-record 2k -n all "
		 "--head=7 "
		 "--time clock --no-follow",
		   &o, &err),
		"values of all kinds");
	ok(o.before == 3 && o.after == 1, "-A is stronger than -C");
	ok(o.window_ns == INT64_C(2000000000), "2s");
	ok(o.memory == 64u << 20 && o.max_record == 2048, "MiB and k");
	ok(o.history == COUNT_ALL && o.head == 7, "all, and a number");
	ok(o.time == TIME_CLOCK && o.time_given, "a word, and that it was given");
	ok(!o.follow, "--no-follow");
	options_free(&o);
	ok(parse("tail --no-follow -f --window 50ms", &o, &err), "the last word holds");
	ok(o.follow && o.window_ns == INT64_C(50000000), "-f after --no-follow");
	options_free(&o);
	ok(parse("filter --raw --color always", &o, &err), "--raw");
	ok(o.color == WHEN_NEVER && o.prefix == WHEN_NEVER && o.escape == WHEN_NEVER,
		"is all three at never");
	options_free(&o);
}

static void test_positionals(void)
{
	struct options o;
	struct err err;
	ok(parse("filter - -- --level -", &o, &err), "- and --");
	ok(o.source_count == 3 && strcmp(o.sources[1], "--level") == 0, "are sources");
	options_free(&o);
	ok(parse("help tail", &o, &err) && o.command == COMMAND_HELP, "help");
	is_str(o.topic, strlen(o.topic), "tail", "of tail");
	options_free(&o);
	ok(parse("tail -l error --help --levle", &o, &err), "--help ends reading");
	ok(o.command == COMMAND_HELP && strcmp(o.topic, "tail") == 0,
		"and is help of tail");
	options_free(&o);
	ok(parse("--help", &o, &err) && o.command == COMMAND_HELP && o.topic == NULL,
		"overview");
	options_free(&o);
	ok(parse("--version", &o, &err) && o.command == COMMAND_VERSION, "version");
	options_free(&o);
	ok(parse("completions zsh", &o, &err) && o.command == COMMAND_COMPLETIONS,
		"completions");
	options_free(&o);
}

static void test_send(void)
{
	struct options o;
	struct err err;
	ok(parse("send -l warn -m app -f a=1 two -f b=2 words --to=udp:9021 --as syslog", &o,
		   &err),
		"send");
	ok(o.command == COMMAND_SEND && o.source_count == 0 && o.spec_count == 0,
		"its level and module are no filters");
	is_str(o.send.level, strlen(o.send.level), "warn", "level");
	is_str(o.send.module, strlen(o.send.module), "app", "module");
	is_str(o.send.to, strlen(o.send.to), "udp:9021", "to");
	ok(o.send.fields.count == 2 && strcmp(o.send.fields.items[1], "b=2") == 0, "fields");
	ok(o.words.count == 2 && strcmp(o.words.items[1], "words") == 0, "words");
	ok(o.send.as == 1 && o.send.time == NULL, "as, no time");
	options_free(&o);
}

/* Bare mplog depends on what stdout is, which under a terminal is a terminal. */
static void test_bare(void)
{
	struct options o;
	struct err err;
	int saved = dup(STDOUT_FILENO);
	bool good;
	fflush(stdout);
	if (saved < 0 || freopen("/dev/null", "w", stdout) == NULL)
		return;
	good = parse("-l error /dev/null", &o, &err);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	ok(good && o.command == COMMAND_FILTER, "bare mplog into no terminal is filter");
	if (good)
		options_free(&o);
}

static void test_errors(void)
{
	fails("tail --levle x", "unknown option '--levle'; did you mean '--level'? (see "
				"mplog help tail)");
	fails("tail --lev x",
		"unknown option '--lev'; did you mean '--level'? (see mplog help tail)");
	fails("tail --xyzzy", "unknown option '--xyzzy' (see mplog help tail)");
	fails("tail -Z", "unknown option '-Z' (see mplog help tail)");
	fails("filter -n 3",
		"'-n' is an option of tail, not of filter (see mplog help filter)");
	fails("filter --follow",
		"'--follow' is an option of tail, not of filter (see mplog help filter)");
	fails("help --level x", "'--level' is an option of tail, filter and run, not of help "
				"(see mplog help help)");
	fails("tail --head",
		"option '--head' needs a value: --head N (see mplog help tail)");
	fails("tail -qg", "option '-g' needs a value: -g REGEX (see mplog help tail)");
	fails("tail --color", "option '--color' needs one of auto, always, never (see "
			      "mplog help tail)");
	fails("tail --color red",
		"option '--color': 'red' is not one of auto, always, never");
	fails("tail --head -1", "option '--head': '-1' is not a number");
	fails("tail -n x", "option '-n': 'x' is neither a number nor 'all'");
	fails("tail --max-connections 0",
		"option '--max-connections': '0' is not a number from 1 to 65536");
	fails("tail --head 99999999999999999999",
		"option '--head': '99999999999999999999' is not a number");
	fails("tail --memory 5", "option '--memory': '5' is not a size from 1M up, such "
				 "as 64K, 256M or 1G");
	fails("tail --memory 99999999999T", "option '--memory': '99999999999T' is not a "
					    "size from 1M up, such as 64K, 256M "
					    "or 1G");
	fails("tail --memory M", "option '--memory': 'M' is not a size from 1M up, such "
				 "as 64K, 256M or 1G");
	fails("tail --max-record 5G", "option '--max-record': '5G' is not a size from 1K "
				      "to 1G, such as 64K, 256M or 1G");
	fails("tail --window 1h", "option '--window': '1h' is not a time from 0 to "
				  "3600000 ms, such as 250 or 2s");
	fails("tail --window 99999s", "option '--window': '99999s' is not a time from 0 "
				      "to 3600000 ms, such as 250 or "
				      "2s");
	fails("tail --count=3", "option '--count' takes no value, but was given '3'");
	fails("tail --tee x", "'--tee' is not in this version");
}

static void test_command_errors(void)
{
	fails("tial", "unknown command 'tial'; did you mean 'tail'? (see mplog help)");
	fails("stats", "'stats' is not in this version");
	fails("/nowhere/x.log",
		"'/nowhere/x.log' is no command and no source (see mplog help)");
	fails("-l error tail", "the command comes first: mplog tail ...");
	fails("help tial",
		"unknown command 'tial'; did you mean 'tail'? (see mplog help)");
	fails("help zzz", "'zzz' is no command (see mplog help)");
	fails("help tail filter", "'filter' is one word too many (see mplog help help)");
	fails("completions", "completions for which shell: bash, zsh or fish?");
}

static size_t longest_line(struct str text)
{
	size_t longest = 0;
	struct str line;
	while (str_split(&text, '\n', &line)) {
		if (line.len > longest)
			longest = line.len;
	}
	return longest;
}

static void test_help(void)
{
	struct buf out = {0};
	help_put(&out, NULL);
	ok(out.len > 0 && longest_line(buf_str(&out)) < 80,
		"the overview fits 80 columns");
	for (int c = 0; c < COMMAND_COUNT; c++) {
		const char *name = commands_table[c].name;
		if (name == NULL)
			continue;
		out.len = 0;
		help_put(&out, name);
		ok(longest_line(buf_str(&out)) < 80, "help of %s fits 80 columns", name);
		buf_put_char(&out, '\0');
		for (size_t i = 0; i < options_count; i++) {
			char text[64];
			bool takes = (options_table[i].commands & 1u << c) != 0;
			snprintf(text, sizeof(text), "--%s%c", options_table[i].name,
				options_table[i].arg != NULL ? ' ' : '\0');
			ok(!takes || strstr(out.ptr, text) != NULL, "%s: %s", name, text);
		}
	}
	buf_free(&out);
}

static void test_table(void)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct option *row = &options_table[i];
		size_t same = 0;
		for (size_t j = 0; j < options_count; j++) {
			const struct option *other = &options_table[j];
			if ((row->commands & other->commands) == 0)
				continue;
			same += strcmp(other->name, row->name) == 0;
			same += row->letter != 0 && other->letter == row->letter;
		}
		ok(same == (row->letter != 0 ? 2u : 1u), "--%s is one of its kind",
			row->name);
		ok((row->arg == NULL) ==
				(row->kind == OPTION_FLAG || row->kind == OPTION_UNFLAG),
			"--%s has an argument's name if it has one", row->name);
		ok(row->help != NULL && row->commands != 0, "--%s is explained",
			row->name);
		ok(row->kind != OPTION_WORD || row->words != NULL, "--%s has words",
			row->name);
	}
}

static void test_completions(void)
{
	static const char *const files[][2] = {{"bash", "completions/mplog.bash"},
		{"zsh", "completions/_mplog"}, {"fish", "completions/mplog.fish"}};
	struct buf out = {0};
	struct err err = {0};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		static char copy[65536];
		FILE *f = fopen(files[i][1], "r");
		size_t len = f == NULL ? 0 : fread(copy, 1, sizeof(copy), f);
		if (f != NULL)
			fclose(f);
		out.len = 0;
		ok(completions_put(&out, files[i][0], &err), "completions for %s",
			files[i][0]);
		ok(len > 0 && str_eq(buf_str(&out), str_make(copy, len)),
			"%s is up to date (mplog completions %s)", files[i][1],
			files[i][0]);
	}
	ok(!completions_put(&out, "tcsh", &err), "none for tcsh");
	is_str(err.msg, strlen(err.msg),
		"no completions for 'tcsh', only for bash, zsh and fish",
		"and that is said");
	buf_free(&out);
}

int main(void)
{
	test_defaults();
	test_spellings();
	test_specs();
	test_values();
	test_positionals();
	test_send();
	test_bare();
	test_errors();
	test_command_errors();
	test_table();
	test_help();
	test_completions();
	return done_testing();
}
