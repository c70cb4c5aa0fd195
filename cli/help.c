/*
 * help: the help texts. What commands, options and sources do is said in their tables;
 * here is the layout.
 */
#include "cli/help.h"

#include <assert.h>

#include "cli/options.h"
#include "sources/source.h"

#define COLUMNS 80
#define OPTION_COLUMN 27
#define COMMAND_COLUMN 15

static void put_blanks(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_char(out, ' ');
}

/* Appends TEXT, broken between words, as a column that begins at INDENT; the cursor is at
 * column AT. */
static void put_column(struct buf *out, struct str text, size_t at, size_t indent)
{
	struct str word;
	bool first = true;
	if (at + 2 > indent && at > 0) {
		buf_put_char(out, '\n');
		at = 0;
	}
	put_blanks(out, indent - at);
	at = indent;
	while (words_next(&text, &word)) {
		if (!first && at + 1 + word.len > COLUMNS - 1) {
			buf_put_char(out, '\n');
			put_blanks(out, indent);
			at = indent;
		} else if (!first) {
			buf_put_char(out, ' ');
			at++;
		}
		buf_put_str(out, word);
		at += word.len;
		first = false;
	}
	buf_put_char(out, '\n');
}

static void put_paragraph(struct buf *out, const char *text)
{
	put_column(out, str_from(text), 0, 0);
}

static void put_option(struct buf *out, const struct option *row)
{
	size_t start = out->len;
	struct buf text = {0};
	if (row->letter != 0)
		buf_printf(out, "  -%c, --%s", row->letter, row->name);
	else
		buf_printf(out, "      --%s", row->name);
	if (row->arg != NULL)
		buf_printf(out, " %s", row->arg);
	buf_puts(&text, row->help);
	if (row->preset != NULL)
		buf_printf(&text, " [%s]", row->preset);
	put_column(out, buf_str(&text), out->len - start, OPTION_COLUMN);
	buf_free(&text);
}

static void put_options(struct buf *out, enum command command)
{
	for (unsigned group = 0; group < GROUP_COUNT; group++) {
		bool headed = false;
		for (size_t i = 0; i < options_count; i++) {
			const struct option *row = &options_table[i];
			if (row->group != group || (row->commands & 1u << command) == 0)
				continue;
			if (!headed)
				buf_printf(out, "\n%s\n", option_groups[group]);
			headed = true;
			put_option(out, row);
		}
	}
}

static void put_sources(struct buf *out)
{
	static const struct source_ops *const sources[] = {
#define SOURCE(name) &source_##name,
#include "sources/table.h"
#undef SOURCE
	};
	static const char defaults[] =
		"stdin if it is no terminal; else tcp:9020, udp:9021 "
		"and unix:$XDG_RUNTIME_DIR/mplog.sock";
	buf_puts(out, "\nSources, each with LABEL= before it if you like\n");
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct str text = str_from(sources[i]->summary);
		const char *gap = strstr(sources[i]->summary, "  ");
		size_t len = gap == NULL ? text.len : (size_t)(gap - text.ptr);
		struct str name = str_make(text.ptr, len);
		buf_puts(out, "  ");
		buf_put_str(out, name);
		if (gap == NULL)
			buf_put_char(out, '\n');
		else
			put_column(out, str_trim(str_skip(text, name.len)), name.len + 2,
				OPTION_COLUMN);
	}
	buf_puts(out, "  none named:");
	put_column(out, str_from(defaults), strlen("  none named:"), OPTION_COLUMN);
}

static void put_examples(struct buf *out, const struct command_info *info)
{
	buf_puts(out, "\nExamples\n");
	for (size_t i = 0; i < sizeof(info->examples) / sizeof(info->examples[0]); i++) {
		if (info->examples[i][0] != NULL)
			buf_printf(out, "  %s:\n      %s\n", info->examples[i][0],
				info->examples[i][1]);
	}
}

static void put_overview(struct buf *out)
{
	static const char *const examples[] = {"mplog filter web.log worker.log",
		"mplog tail -l warning '/var/log/app/*.log'",
		"mplog tail fifo:/tmp/app.fifo tcp:9020"};
	put_paragraph(out, "mplog shows the logs of many processes as one stream, in "
			   "order of time.");
	buf_puts(out,
		"\nUsage: mplog COMMAND [OPTION...] [SOURCE...]\n"
		"       mplog SOURCE... | ...   into a pipe: what mplog filter does\n"
		"\nCommands\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct command_info *info = &commands_table[i];
		size_t start = out->len;
		if (info->name == NULL)
			continue;
		buf_printf(out, "  %s", info->name);
		put_column(
			out, str_from(info->summary), out->len - start, COMMAND_COLUMN);
	}
	buf_puts(out, "\nNot in this version: ");
	for (size_t i = 0; commands_later[i] != NULL; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", commands_later[i]);
	buf_puts(out, "\n");
	put_sources(out);
	buf_puts(out, "\nExamples\n");
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		buf_printf(out, "  %s\n", examples[i]);
	buf_puts(out, "\nMore: mplog help COMMAND, man mplog\n");
}

void help_put(struct buf *out, const char *topic)
{
	const struct command_info *info = commands_table;
	if (topic == NULL) {
		put_overview(out);
		return;
	}
	while (info->name == NULL || strcmp(info->name, topic) != 0) {
		info++;
		assert(info < commands_table + COMMAND_COUNT);
	}
	buf_printf(out, "Usage: mplog %s %s\n\n", info->name, info->usage);
	put_paragraph(out, info->about);
	put_options(out, (enum command)(info - commands_table));
	if (info->reads)
		put_sources(out);
	put_examples(out, info);
}

void version_put(struct buf *out)
{
#ifdef HAVE_ZLIB
	static const char with[] = ", zlib\n", without[] = "";
#else
	static const char with[] = "\n",
			  without[] = "not built in: zlib (compressed messages of GELF "
				      "and HTTP)\n";
#endif
	buf_puts(out, "mplog " MPLOG_VERSION "\nbuilt with: PCRE2, libbsd");
	buf_puts(out, with);
	buf_puts(out, without);
	put_paragraph(out,
		"not in this version: compressed files "
		"and archives, a configuration file, the systemd journal, Kafka");
}
