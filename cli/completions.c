/*
 * completions: the same tables, written down in the languages of three shells.
 */
#include "cli/completions.h"

#include "cli/options.h"
#include "core/level.h"

#define SHELLS "bash zsh fish"

/* The words that may follow an option, blank-separated. */
static void put_words(struct buf *out, const struct option *row)
{
	if (row->words != NULL)
		buf_puts(out, row->words);
	if (strcmp(row->name, "level") != 0)
		return;
	for (int level = LEVEL_TRACE; level < LEVEL_COUNT; level++)
		buf_printf(out, "%s%s", level > LEVEL_TRACE ? " " : "",
			level_name((enum level)level));
}

static bool has_words(const struct option *row)
{
	return row->words != NULL || strcmp(row->name, "level") == 0;
}

static bool takes(enum command command, const struct option *row)
{
	return (row->commands & 1u << command) != 0;
}

/* TEXT with a backslash before each byte of SPECIAL. */
static void put_escaped(struct buf *out, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			buf_put_char(out, '\\');
		buf_put_char(out, *text);
	}
}

/* TEXT between single quotes of a POSIX-like shell. */
static void put_quoted(struct buf *out, struct str text)
{
	buf_put_char(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\'')
			buf_puts(out, "'\\''");
		else
			buf_put_char(out, text.ptr[i]);
	}
	buf_put_char(out, '\'');
}

static void put_commands(struct buf *out)
{
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (commands_table[i].name != NULL)
			buf_printf(out, "%s%s", i > 0 ? " " : "", commands_table[i].name);
	}
}

/* Whether the option is one of those for reading, which a bare mplog has, too. */
static bool is_common(const struct option *row)
{
	return takes(COMMAND_VIEW, row) || takes(COMMAND_TAIL, row);
}

/* "*:-l|*:--level", or with the command in the star's place. */
static void bash_pattern(struct buf *out, const struct option *row)
{
	const char *gap = "\t";
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const char *command = is_common(row) ? "*" : commands_table[i].name;
		if (!takes((enum command)i, row))
			continue;
		if (row->letter != 0)
			buf_printf(out, "%s%s:-%c", gap, command, row->letter);
		buf_printf(out, "%s%s:--%s", row->letter != 0 ? "|" : gap, command,
			row->name);
		if (is_common(row))
			break;
		gap = "|";
	}
	buf_puts(out, ") ");
}

/* The words after an option that has some; after those that want free text bash goes on
 * to file names. */
static void bash_argument(struct buf *out, const struct option *row)
{
	if (row->arg == NULL)
		return;
	bash_pattern(out, row);
	if (has_words(row)) {
		buf_puts(out, "words=\"");
		put_words(out, row);
		buf_puts(out, "\" ;;\n");
	} else {
		buf_puts(out, "return ;;\n");
	}
}

static void bash_options_of(struct buf *out, enum command command)
{
	const char *gap = "";
	buf_printf(out, "\t%s) options=\"", commands_table[command].name);
	for (size_t i = 0; i < options_count; i++) {
		if (!takes(command, &options_table[i]))
			continue;
		buf_printf(out, "%s--%s", gap, options_table[i].name);
		gap = " ";
	}
	buf_puts(out, "\" ;;\n");
}

/* A command's own options first: the common ones match any command. */
static void bash_arguments(struct buf *out)
{
	buf_puts(out, "\tcase $command:$previous in\n");
	for (size_t i = 0; i < options_count; i++) {
		if (!is_common(&options_table[i]))
			bash_argument(out, &options_table[i]);
	}
	for (size_t i = 0; i < options_count; i++) {
		if (is_common(&options_table[i]))
			bash_argument(out, &options_table[i]);
	}
	buf_puts(out, "\tesac\n");
}

static void put_bash(struct buf *out)
{
	buf_puts(out, "# bash completion for mplog; made by: mplog completions bash\n"
		      "_mplog()\n"
		      "{\n"
		      "\tlocal current=${COMP_WORDS[COMP_CWORD]} "
		      "previous=${COMP_WORDS[COMP_CWORD-1]}\n"
		      "\tlocal command=${COMP_WORDS[1]} options= words=\n"
		      "\tCOMPREPLY=()\n"
		      "\t# --color=al comes as three words\n"
		      "\tif [[ $current == = ]]; then\n"
		      "\t\tcurrent=\n"
		      "\telif [[ $previous == = ]]; then\n"
		      "\t\tprevious=${COMP_WORDS[COMP_CWORD-2]}\n"
		      "\tfi\n");
	bash_arguments(out);
	buf_puts(out, "\tif [[ -n $words ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tcase $command in\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (commands_table[i].name != NULL)
			bash_options_of(out, (enum command)i);
	}
	buf_puts(out, "\t*) command=; options=\"--help --version\" ;;\n\tesac\n"
		      "\tif [[ $current == -* ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
		      "\telif [[ $COMP_CWORD -eq 1 || $command == help ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -W \"");
	put_commands(out);
	buf_puts(out, "\" -- \"$current\"))\n"
		      "\telif [[ $command == completions ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -W \"" SHELLS "\" -- \"$current\"))\n"
		      "\telif [[ $command == run ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -c -- \"$current\"))\n"
		      "\tfi\n"
		      "}\n"
		      "complete -o bashdefault -o default -F _mplog mplog\n");
}

/* '(-l --level)'{-l+,--level=}'[help]:LEVEL:(words)' */
static void zsh_option(struct buf *out, const struct option *row)
{
	struct buf text = {0};
	bool repeats = row->kind == OPTION_FILTER || row->kind == OPTION_LIST;
	buf_puts(out, "\t\t");
	if (row->letter != 0 && repeats)
		buf_printf(out, "'*'{-%c+,--%s=}", row->letter, row->name);
	else if (row->letter != 0)
		buf_printf(out, "'(-%c --%s)'{-%c%s,--%s%s}", row->letter, row->name,
			row->letter, row->arg != NULL ? "+" : "", row->name,
			row->arg != NULL ? "=" : "");
	else
		buf_printf(out, "%s--%s%s", repeats ? "\\*" : "", row->name,
			row->arg != NULL ? "=" : "");
	buf_put_char(&text, '[');
	put_escaped(&text, row->help, "[]");
	buf_put_char(&text, ']');
	if (row->arg != NULL)
		buf_printf(&text, ":%s:", row->arg);
	if (row->arg != NULL && has_words(row)) {
		buf_put_char(&text, '(');
		put_words(&text, row);
		buf_put_char(&text, ')');
	}
	put_quoted(out, buf_str(&text));
	buf_puts(out, " \\\n");
	buf_free(&text);
}

static void zsh_command(struct buf *out, enum command command)
{
	const struct command_info *info = &commands_table[command];
	buf_printf(out, "\t%s)\n\t\t_arguments -s -S \\\n", info->name);
	for (size_t i = 0; i < options_count; i++) {
		if (takes(command, &options_table[i]))
			zsh_option(out, &options_table[i]);
	}
	if (info->reads) {
		buf_puts(out, "\t\t'*:source:_files'\n");
	} else if (info->commands) {
		buf_puts(out, "\t\t'*::command:_normal'\n");
	} else if (info->words) {
		buf_puts(out, "\t\t'*:word:_files'\n");
	} else if (command == COMMAND_HELP) {
		buf_puts(out, "\t\t'1:command:(");
		put_commands(out);
		buf_puts(out, ")'\n");
	} else {
		buf_puts(out, "\t\t'1:shell:(" SHELLS ")'\n");
	}
	buf_puts(out, "\t\t;;\n");
}

static void put_zsh(struct buf *out)
{
	buf_puts(out, "#compdef mplog\n"
		      "# zsh completion for mplog; made by: mplog completions zsh\n"
		      "_mplog()\n"
		      "{\n"
		      "\tlocal -a commands=(\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		struct buf text = {0};
		if (commands_table[i].name == NULL)
			continue;
		buf_printf(&text, "%s:%s", commands_table[i].name,
			commands_table[i].summary);
		buf_puts(out, "\t\t");
		put_quoted(out, buf_str(&text));
		buf_puts(out, "\n");
		buf_free(&text);
	}
	buf_puts(out, "\t)\n"
		      "\tif (( CURRENT == 2 )); then\n"
		      "\t\tif [[ $words[2] == -* ]]; then\n"
		      "\t\t\t_arguments '--help[show the overview]' '--version[say the "
		      "version]'\n"
		      "\t\telse\n"
		      "\t\t\t_describe command commands\n"
		      "\t\t\t_files\n"
		      "\t\tfi\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tshift words\n"
		      "\t(( CURRENT-- ))\n"
		      "\tcase $words[1] in\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (commands_table[i].name != NULL)
			zsh_command(out, (enum command)i);
	}
	buf_puts(out, "\t*) _files ;;\n"
		      "\tesac\n"
		      "}\n"
		      "_mplog \"$@\"\n");
}

/* fish knows two escapes between single quotes: \\ and \'. */
static void fish_quoted(struct buf *out, const char *text)
{
	buf_put_char(out, '\'');
	put_escaped(out, text, "\\'");
	buf_put_char(out, '\'');
}

static void fish_option(struct buf *out, const struct option *row)
{
	buf_puts(out, "complete -c mplog -n '__fish_seen_subcommand_from");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (takes((enum command)i, row))
			buf_printf(out, " %s", commands_table[i].name);
	}
	buf_puts(out, "'");
	if (row->letter != 0)
		buf_printf(out, " -s %c", row->letter);
	buf_printf(out, " -l %s", row->name);
	if (row->arg != NULL)
		buf_puts(out, " -x");
	if (row->arg != NULL && has_words(row)) {
		buf_puts(out, " -a '");
		put_words(out, row);
		buf_puts(out, "'");
	}
	buf_puts(out, " -d ");
	fish_quoted(out, row->help);
	buf_puts(out, "\n");
}

static void put_fish(struct buf *out)
{
	buf_puts(out, "# fish completion for mplog; made by: mplog completions fish\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct command_info *info = &commands_table[i];
		if (info->name == NULL)
			continue;
		buf_printf(out, "complete -c mplog -n __fish_use_subcommand -a %s -d ",
			info->name);
		fish_quoted(out, info->summary);
		buf_puts(out, "\n");
	}
	buf_puts(out,
		"complete -c mplog -n '__fish_seen_subcommand_from run' -a "
		"'(__fish_complete_subcommand)'\n"
		"complete -c mplog -n __fish_use_subcommand -s h -l help -d 'show the "
		"overview'\n"
		"complete -c mplog -n __fish_use_subcommand -l version -d 'say the "
		"version'\n"
		"complete -c mplog -n '__fish_seen_subcommand_from help' -f -a '");
	put_commands(out);
	buf_puts(out, "'\n"
		      "complete -c mplog -n '__fish_seen_subcommand_from completions' -f "
		      "-a '" SHELLS "'\n");
	for (size_t i = 0; i < options_count; i++)
		fish_option(out, &options_table[i]);
}

static const struct {
	const char *name;
	void (*put)(struct buf *out);
} shells[] = {
	{"bash", put_bash},
	{"zsh", put_zsh},
	{"fish", put_fish},
};

bool completions_put(struct buf *out, const char *shell, struct err *err)
{
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].put(out);
			return true;
		}
	}
	return err_set(
		err, "no completions for '%s', only for bash, zsh and fish", shell);
}
