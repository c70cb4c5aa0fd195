/*
 * commands: what there is, in words for help and completions.
 */
#include "cli/options.h"

const char *const commands_later[] = {"stats", "formats", NULL};

/* clang-format off */
const struct command_info commands_table[COMMAND_COUNT] = {
	[COMMAND_VIEW] = {
		.name = "view",
		.usage = "[OPTION...] [SOURCE...]",
		.summary = "look at logs in a terminal, live; bare mplog does, too",
		.about = "Shows every SOURCE, merged in order of time, in the terminal, from "
			"its start on and live. Without SOURCE it listens as mplog tail "
			"does. Nothing is hidden but what you ask for: the filters below "
			"can be changed while looking. ? shows all keys, q leaves. Into a "
			"pipe or a file, or with -o, -c, -q, -A, -B, -C or --head, it is "
			"mplog filter.",
		.reads = true,
		.examples = {
			{"two files, and what is written to them from now on",
				"mplog web.log worker.log"},
			{"whatever programs on this machine send",
				"mplog"},
			{"only what matters at first; - brings back the rest",
				"mplog view -l warning '*.log'"},
		},
	},
	[COMMAND_TAIL] = {
		.name = "tail",
		.usage = "[OPTION...] [SOURCE...]",
		.summary = "follow logs live, merged in order of time",
		.about = "Follows every SOURCE live and prints what passes the filters, "
			"merged in order of time. Every filter has to pass; of several "
			"-m, -g or -S one is enough. Files begin with their last 10 "
			"records (-n); rotated and truncated ones are followed on.",
		.reads = true,
		.examples = {
			{"two files, and what is written to them from now on",
				"mplog tail web.log worker.log"},
			{"warnings and worse of one part of the program, but no chatter",
				"mplog tail -l warning -m '^app\\.db' -v heartbeat "
				"'*.log'"},
			{"what programs write to a FIFO or send to a port, line by line",
				"mplog tail workers=fifo:/tmp/workers.fifo tcp:9020"},
		},
	},
	[COMMAND_FILTER] = {
		.name = "filter",
		.usage = "[OPTION...] [SOURCE...]",
		.summary = "read logs to their end, merged in order of time and filtered",
		.about = "Reads every SOURCE to its end and prints what passes the "
			"filters, merged in order of time. Every filter has to pass; of "
			"several -m, -g or -S one is enough. A traceback stays with its "
			"record.",
		.reads = true,
		.examples = {
			{"errors of all files, with their tracebacks",
				"mplog filter -l error '*.log'"},
			{"a quarter of an hour, as JSON",
				"mplog filter --since 14:00 --until 14:15 -o json "
				"web.log"},
			{"by field, with two records of context",
				"mplog filter -C 2 -e 'status >= 500' api.log web.log"},
		},
	},
	[COMMAND_RUN] = {
		.name = "run",
		.usage = "[OPTION...] [NAME=]COMMAND ... [::: [NAME=]COMMAND ...]...",
		.summary = "start programs and show what they write, merged live",
		.about = "Starts every COMMAND and shows what it writes, standard output "
			"as source NAME and standard error as NAME:err, with a record "
			"when it starts and ends. A COMMAND of one word is a line for "
			"the shell, one of several words is run as it is. ^C ends them "
			"all with what they have started; a second one at once. The "
			"exit status is that of the first that failed.",
		.words = true,
		.commands = true,
		.examples = {
			{"two programs, each with a name",
				"mplog run api='python -u api.py' ::: worker='python -u "
				"worker.py'"},
			{"warnings only, of a program with options of its own",
				"mplog run -l warning python -u api.py --port 8000"},
			{"in a test: end all when one fails, with its status",
				"mplog run --fail-fast db='./db.sh' ::: 'sleep 1; ./test.sh'"},
		},
	},
	[COMMAND_SEND] = {
		.name = "send",
		.usage = "[OPTION...] [MESSAGE...]",
		.summary = "send a record to a listening mplog, from a script or a test",
		.about = "Sends one record, its words joined by blanks, to an mplog that "
			"listens; or, with - or without MESSAGE, one for each line of "
			"standard input, as they come. Waits for nobody: if nothing "
			"listens, that is one line and status 1.",
		.words = true,
		.examples = {
			{"from a script, to the mplog tail of this user",
				"mplog send -l warning -m backup 'disk 91 % full'"},
			{"every line of a program, with a field",
				"make 2>&1 | mplog send -m build -f branch=main"},
			{"to a port of another machine",
				"mplog send --to tcp:loghost:9020 -l error 'no answer'"},
		},
	},
	[COMMAND_HELP] = {
		.name = "help",
		.usage = "[COMMAND]",
		.summary = "show the options of a command",
		.about = "Shows what COMMAND does, its options and examples; without "
			"COMMAND, the overview.",
		.examples = {
			{"the overview",
				"mplog help"},
			{"the options of tail",
				"mplog help tail"},
			{"the same",
				"mplog tail --help"},
		},
	},
	[COMMAND_COMPLETIONS] = {
		.name = "completions",
		.usage = "bash|zsh|fish",
		.summary = "print completions for a shell",
		.about = "Prints what makes a shell complete mplog's commands, options "
			"and their words. `make install` puts the same where the shells "
			"look.",
		.examples = {
			{"in this shell, at once",
				"source <(mplog completions bash)"},
			{"in zsh, for a folder of $fpath",
				"mplog completions zsh > ~/.zfunc/_mplog"},
			{"in fish",
				"mplog completions fish > "
				"~/.config/fish/completions/mplog.fish"},
		},
	},
};
/* clang-format on */
