/*
 * exec: what a command writes. Read to its end, its status is the source's: a command that
 * fails is a source that failed.
 */
#include "sources/exec_crew.h"

#include <stdlib.h>
#include <string.h>

#include "sources/exec_name.h"
#include "sources/exec_output.h"

static struct source *open_exec(const char *address, const char *label,
	const struct source_options *options, struct err *err)
{
	char name[EXEC_NAME_MAX];
	char *argv[4];
	struct crew_options how = {
		.restart = options->restart && options->follow ? CREW_ALWAYS : CREW_ONCE,
		.live = options->follow,
		.failing = true,
	};
	if (address[strspn(address, " \t")] == '\0') {
		err_set_at(err, 0, "exec: needs a command, as in exec:'journalctl -f'");
		return NULL;
	}
	exec_shell(address, argv);
	exec_name(argv, name);
	struct crew *c = crew_new(options, &how);
	crew_add(c, label != NULL ? label : name, argv);
	struct source *list = crew_open(c, err);
	crew_release(c);
	return list;
}

const struct source_ops source_exec = {
	.name = "exec",
	.prefix = "exec:",
	.summary = "exec:COMMAND  what a command of the shell writes",
	.open = open_exec,
	.read = exec_output_read,
	.close = exec_output_close,
};
