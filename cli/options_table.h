/*
 * Every option of mplog, one row each, in the order in which help shows them. FILLS(x)
 * says where in struct options the value goes; ON_x which commands take the option.
 */
/* clang-format off */

/* Choosing records */
OPTION(.name = "level", .letter = 'l', .arg = "LEVEL", .kind = OPTION_FILTER,
	.filter = "level", .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "at least LEVEL; =A,B just those; A..B a range; with rules for modules: "
		"'info,app.db=debug,urllib3=error'")
OPTION(.name = "module", .letter = 'm', .arg = "REGEX", .kind = OPTION_FILTER,
	.filter = "module", .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "the module or logger name matches")
OPTION(.name = "not-module", .letter = 'M', .arg = "REGEX", .kind = OPTION_FILTER,
	.filter = "module", .filter_flags = FILTER_NOT, .group = GROUP_CHOOSE,
	.commands = ON_READ, .help = "the module or logger name does not match")
OPTION(.name = "grep", .letter = 'g', .arg = "REGEX", .kind = OPTION_FILTER,
	.filter = "grep", .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "the record's text matches, tracebacks included")
OPTION(.name = "not-grep", .letter = 'v', .arg = "REGEX", .kind = OPTION_FILTER,
	.filter = "grep", .filter_flags = FILTER_NOT, .group = GROUP_CHOOSE,
	.commands = ON_READ, .help = "the record's text does not match")
OPTION(.name = "ignore-case", .letter = 'i', .kind = OPTION_FLAG, FILLS(ignore_case),
	.group = GROUP_CHOOSE, .commands = ON_READ, .help = "every REGEX ignores case")
OPTION(.name = "fixed-strings", .letter = 'F', .kind = OPTION_FLAG, FILLS(fixed_strings),
	.group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "every REGEX is a plain string")
OPTION(.name = "source", .letter = 'S', .arg = "GLOB", .kind = OPTION_FILTER,
	.filter = "source", .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "the source's label matches")
OPTION(.name = "since", .arg = "TIME", .kind = OPTION_FILTER, .filter = "since",
	.words = "now today yesterday -15m -1h", .group = GROUP_CHOOSE,
	.commands = ON_READ,
	.help = "at TIME or later: 2026-11-20 14:00, 14:00, -15m, today, "
		"'yesterday 14:00', an epoch")
OPTION(.name = "until", .arg = "TIME", .kind = OPTION_FILTER, .filter = "until",
	.words = "now today yesterday -15m -1h", .group = GROUP_CHOOSE,
	.commands = ON_READ,
	.help = "before TIME")
OPTION(.name = "expr", .letter = 'e', .arg = "EXPR", .kind = OPTION_FILTER,
	.filter = "expr", .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "the expression is true, over every field: "
		"'level >= warning and status >= 500'")
OPTION(.name = "unknown", .arg = "WHAT", .kind = OPTION_WORD, .words = "drop keep",
	.preset = "drop", FILLS(unknown), .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "what --level does with records that have no level: drop or keep")
OPTION(.name = "after-context", .letter = 'A', .arg = "N", .kind = OPTION_NUMBER,
	.most = CONTEXT_MAX, FILLS(after), .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "also N records after each match")
OPTION(.name = "before-context", .letter = 'B', .arg = "N", .kind = OPTION_NUMBER,
	.most = CONTEXT_MAX, FILLS(before), .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "also N records before each match")
OPTION(.name = "context", .letter = 'C', .arg = "N", .kind = OPTION_NUMBER,
	.most = CONTEXT_MAX, FILLS(context), .group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "also N records on both sides of each match")
OPTION(.name = "count", .letter = 'c', .kind = OPTION_FLAG, FILLS(count),
	.group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "print how many records match, not the records")
OPTION(.name = "quiet", .letter = 'q', .kind = OPTION_FLAG, FILLS(quiet),
	.group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "print nothing; status 0 on the first match, 1 for none")
OPTION(.name = "head", .arg = "N", .kind = OPTION_NUMBER, .most = NUMBER_MAX, FILLS(head),
	.group = GROUP_CHOOSE, .commands = ON_READ,
	.help = "end after N matching records")
OPTION(.name = "lines", .letter = 'n', .arg = "N", .kind = OPTION_ALL, .most = NUMBER_MAX,
	.preset = "10", .words = "all", FILLS(history), .group = GROUP_CHOOSE,
	.commands = ON_TAIL, .help = "begin with the last N records of files, or all")

/* Showing records */
OPTION(.name = "output", .letter = 'o', .arg = "FORMAT", .kind = OPTION_TEXT,
	.words = "text pretty json logfmt csv", FILLS(output), .group = GROUP_SHOW,
	.commands = ON_READ,
	.help = "text, pretty, json, logfmt, csv or a template: '{time} {level} "
		"{message}'; pretty on a terminal, else text")
OPTION(.name = "show", .arg = "FIELDS", .kind = OPTION_TEXT, .words = FIELD_WORDS,
	FILLS(show), .group = GROUP_SHOW, .commands = ON_READ,
	.help = "only these fields, separated by commas")
OPTION(.name = "hide", .arg = "FIELDS", .kind = OPTION_TEXT, .words = FIELD_WORDS,
	FILLS(hide), .group = GROUP_SHOW, .commands = ON_READ, .help = "not these fields")
OPTION(.name = "time", .arg = "STYLE", .kind = OPTION_WORD,
	.words = "iso clock relative delta epoch raw", FILLS(time), GIVEN(time_given),
	.group = GROUP_SHOW, .commands = ON_READ,
	.help = "how times are shown: iso, clock, relative, delta, epoch or raw")
OPTION(.name = "tz", .arg = "ZONE", .kind = OPTION_TEXT, .words = "local utc",
	.preset = "local", FILLS(tz), .group = GROUP_SHOW, .commands = ON_READ,
	.help = "the zone of times that name none: local, utc, Europe/Vienna, +02:00")
OPTION(.name = "color", .arg = "WHEN", .kind = OPTION_WORD, .words = "auto always never",
	.preset = "auto", FILLS(color), .group = GROUP_SHOW, .commands = ON_READ,
	.help = "colours: auto, always or never")
OPTION(.name = "prefix", .arg = "WHEN", .kind = OPTION_WORD, .words = "auto always never",
	.preset = "auto", FILLS(prefix), .group = GROUP_SHOW, .commands = ON_READ,
	.help = "the source's label before each record: auto, always or never")
OPTION(.name = "escape", .arg = "WHEN", .kind = OPTION_WORD, .words = "auto always never",
	.preset = "auto", FILLS(escape), .group = GROUP_SHOW, .commands = ON_READ,
	.help = "control bytes made visible: auto (on a terminal), always or never")
OPTION(.name = "raw", .kind = OPTION_FLAG, FILLS(raw), .group = GROUP_SHOW,
	.commands = ON_READ, .help = "the records' own bytes: all three at never")

/* Order and limits */
OPTION(.name = "follow", .letter = 'f', .kind = OPTION_FLAG, FILLS(follow),
	.group = GROUP_ORDER, .commands = ON_LIVE,
	.help = "keep reading, which is the default")
OPTION(.name = "no-follow", .kind = OPTION_UNFLAG, FILLS(follow), .group = GROUP_ORDER,
	.commands = ON_LIVE, .help = "end when everything that is there has been read")
OPTION(.name = "no-attach", .kind = OPTION_FLAG, FILLS(no_attach), .group = GROUP_ORDER,
	.commands = ON_LIVE,
	.help = "neither attach to the mplog that listens already, nor let others attach")
OPTION(.name = "wait", .kind = OPTION_FLAG, FILLS(wait), .group = GROUP_ORDER,
	.commands = ON_LIVE, .help = "wait for paths that do not exist yet")
OPTION(.name = "restart", .kind = OPTION_FLAG, FILLS(restart), .group = GROUP_ORDER,
	.commands = ON_LIVE | ON_RUN,
	.help = "start again, after 1, 2, 4 ... 30 s, what has ended: run, a program that "
		"failed; tail, an exec: source")
OPTION(.name = "fail-fast", .kind = OPTION_FLAG, FILLS(fail_fast), .group = GROUP_ORDER,
	.commands = ON_RUN, .help = "when one program has failed, end the others")
OPTION(.name = "pty", .kind = OPTION_FLAG, FILLS(pty), .group = GROUP_ORDER,
	.commands = ON_RUN,
	.help = "a terminal for each program: for those that hold back what they write "
		"to a pipe, or show colours only there")
OPTION(.name = "poll", .kind = OPTION_FLAG, FILLS(poll), .group = GROUP_ORDER,
	.commands = ON_LIVE,
	.help = "look at files every so often; do not ask the kernel to be woken "
		"(inotify)")
OPTION(.name = "window", .arg = "MS", .kind = OPTION_DURATION, .most = 3600000,
	.preset = "250", .words = "0 50 250 1000", FILLS(window_ns), .group = GROUP_ORDER,
	.commands = ON_READ,
	.help = "how long a live record may be held to put it in its place")
OPTION(.name = "order", .arg = "ORDER", .kind = OPTION_WORD,
	.words = "time exact arrival", .preset = "time", FILLS(order),
	.group = GROUP_ORDER, .commands = ON_READ,
	.help = "time; exact (files sorted wholly); or arrival (as it comes)")
OPTION(.name = "memory", .arg = "SIZE", .kind = OPTION_SIZE, .least = 1 << 20,
	.most = NUMBER_MAX, .preset = "256M", FILLS(memory), .group = GROUP_ORDER,
	.commands = ON_READ, .help = "the most that waiting records may take")
OPTION(.name = "max-record", .arg = "SIZE", .kind = OPTION_SIZE, .least = 1 << 10,
	.most = 1 << 30, .preset = "1M", FILLS(max_record), .group = GROUP_ORDER,
	.commands = ON_READ, .help = "longer records are cut and go on in the next one")
OPTION(.name = "max-connections", .arg = "N", .kind = OPTION_NUMBER, .least = 1,
	.most = 65536, .preset = "256", FILLS(max_connections), .group = GROUP_ORDER,
	.commands = ON_READ, .help = "of one listener at the same time")
OPTION(.name = "on-full", .arg = "WHAT", .kind = OPTION_WORD, .words = "block drop",
	.preset = "drop", FILLS(on_full), .group = GROUP_ORDER, .commands = ON_READ,
	.help = "when --memory is used up: block the senders, or drop records and count "
		"them")

/* What is sent, and where to */
OPTION(.name = "level", .letter = 'l', .arg = "LEVEL", .kind = OPTION_TEXT,
	FILLS(send.level), .group = GROUP_SEND, .commands = ON_SEND,
	.help = "the record's level, in any spelling, or a number [INFO]")
OPTION(.name = "module", .letter = 'm', .arg = "NAME", .kind = OPTION_TEXT,
	FILLS(send.module), .group = GROUP_SEND, .commands = ON_SEND,
	.help = "the record's module: what -m of tail and filter looks at")
OPTION(.name = "field", .letter = 'f', .arg = "KEY=VALUE", .kind = OPTION_LIST,
	FILLS(send.fields), .group = GROUP_SEND, .commands = ON_SEND,
	.help = "one more field; repeatable")
OPTION(.name = "time", .arg = "TIME", .kind = OPTION_TEXT, FILLS(send.time),
	.group = GROUP_SEND, .commands = ON_SEND,
	.help = "the record's time, as --since takes it [now]")
OPTION(.name = "to", .letter = 't', .arg = "ADDRESS", .kind = OPTION_TEXT,
	.words = "tcp:9020 udp:9021", FILLS(send.to), .group = GROUP_SEND,
	.commands = ON_SEND,
	.help = "tcp:[HOST:]PORT, udp:[HOST:]PORT, unix:PATH, unixgram:PATH or a FIFO; "
		"else $MPLOG_SOCKET, else where mplog tail listens: its Unix socket or "
		"tcp:9020")
OPTION(.name = "as", .arg = "LAYOUT", .kind = OPTION_WORD,
	.words = "json syslog loguru text", .preset = "json", FILLS(send.as),
	.group = GROUP_SEND, .commands = ON_SEND,
	.help = "json, syslog (RFC 5424), loguru, or text: the message alone, for lines "
		"that are log records already")

/* General */
OPTION(.name = "no-config", .kind = OPTION_FLAG, FILLS(no_config), .group = GROUP_GENERAL,
	.commands = ON_READ,
	.help = "read no configuration file (this version reads none anyway)")
OPTION(.name = "help", .letter = 'h', .kind = OPTION_FLAG, FILLS(help),
	.group = GROUP_GENERAL, .commands = ON_ALL, .help = "show this text")
OPTION(.name = "version", .kind = OPTION_FLAG, FILLS(version), .group = GROUP_GENERAL,
	.commands = ON_ALL,
	.help = "say which version this is and what it was built with")
/* clang-format on */
