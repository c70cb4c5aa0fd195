/*
 * mplog: reads the command line and runs the command.
 */
#include <locale.h>
#include <stdio.h>

#include "cli/completions.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/send.h"
#include "cli/sink.h"
#include "cli/text.h"
#include "cli/view.h"
#include "core/stamp.h"
#include "sources/spawn.h"

/* Writes what a command has to tell. */
static int tell(struct buf *text)
{
	struct sink sink;

	sink_init(&sink);
	buf_put_str(&sink.out, buf_str(text));
	sink_flush(&sink);
	sink_free(&sink);
	buf_free(text);
	return sink.state == SINK_FAILED ? 1 : 0;
}

static int run_command(const struct options *o)
{
	struct buf text = {0};
	struct err err;

	switch (o->command) {
	case COMMAND_HELP:
		help_put(&text, o->topic);
		return tell(&text);
	case COMMAND_VERSION:
		version_put(&text);
		return tell(&text);
	case COMMAND_COMPLETIONS:
		if (completions_put(&text, o->topic, &err))
			return tell(&text);
		say("%s", err.msg);
		return 2;
	default:
		break;
	}
	if (!stamp_set_zone(o->tz != NULL ? o->tz : "local", &err)) {
		say("--tz: %s", err.msg);
		return 2;
	}
	switch (o->command) {
	case COMMAND_SEND:
		return send_run(o);
	case COMMAND_VIEW:
		return view_run(o);
	default:
		return text_run(o);
	}
}

int main(int argc, char **argv)
{
	struct options options;
	struct err err;
	int status;

	spawn_remember();
	setlocale(LC_CTYPE, "");
	if (!options_parse(argc, argv, &options, &err)) {
		say("%s", err.msg);
		return 2;
	}
	status = run_command(&options);
	options_free(&options);
	return status;
}
