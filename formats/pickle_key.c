/*
 * pickle_key: the table of keys (logging.LogRecord.__init__ and
 * loguru._logger.Logger._log).
 */
#include "formats/pickle_key.h"

#include <assert.h>

#define LOGGING PICKLE_LOGGING
#define LOGURU PICKLE_LOGURU
#define OTHER PICKLE_OTHER

/* By the length of the names: name, enum pickle_key, the records that have it, and what
 * LogRecord.__init__ sets next. */
#define ROWS                                                                             \
	ROW(msg, MSG, LOGGING | OTHER, args)                                             \
	ROW(name, NAME, LOGGING | LOGURU | OTHER, msg)                                   \
	ROW(args, ARGS, LOGGING, levelname)                                              \
	ROW(line, LINE, LOGURU | OTHER, msg)                                             \
	ROW(file, FILE, LOGURU | OTHER, msg)                                             \
	ROW(time, TIME, LOGURU | OTHER, msg)                                             \
	ROW(msecs, REDUNDANT, LOGGING, relativeCreated)                                  \
	ROW(extra, EXTRA, LOGGING | LOGURU, msg)                                         \
	ROW(level, LEVEL, LOGURU | OTHER, msg)                                           \
	ROW(module, REDUNDANT, LOGGING | LOGURU, exc_info)                               \
	ROW(lineno, LINENO, LOGGING | OTHER, funcName)                                   \
	ROW(thread, THREAD, LOGGING | LOGURU | OTHER, threadName)                        \
	ROW(levelno, LEVELNO, LOGGING | OTHER, pathname)                                 \
	ROW(created, CREATED, LOGGING | OTHER, msecs)                                    \
	ROW(process, PROCESS, LOGGING | LOGURU | OTHER, taskName)                        \
	ROW(message, MESSAGE, LOGGING | LOGURU | OTHER, msg)                             \
	ROW(asctime, REDUNDANT, LOGGING, msg)                                            \
	ROW(elapsed, REDUNDANT, LOGURU, msg)                                             \
	ROW(pathname, PATHNAME, LOGGING | OTHER, filename)                               \
	ROW(filename, REDUNDANT, LOGGING, module)                                        \
	ROW(exc_info, EXC_INFO, LOGGING, exc_text)                                       \
	ROW(exc_text, EXC_TEXT, LOGGING | OTHER, stack_info)                             \
	ROW(funcName, FUNCNAME, LOGGING | OTHER, created)                                \
	ROW(function, FUNCTION, LOGURU | OTHER, msg)                                     \
	ROW(taskName, TASKNAME, LOGGING, msg)                                            \
	ROW(levelname, LEVELNAME, LOGGING | OTHER, levelno)                              \
	ROW(exception, EXCEPTION, LOGURU | OTHER, msg)                                   \
	ROW(stack_info, STACK_INFO, LOGGING | OTHER, lineno)                             \
	ROW(threadName, THREADNAME, LOGGING | OTHER, processName)                        \
	ROW(processName, PROCESSNAME, LOGGING | OTHER, process)                          \
	ROW(relativeCreated, REDUNDANT, LOGGING, thread)

enum row {
#define ROW(name, key, kinds, next) ROW_##name,
	ROWS
#undef ROW
		ROW_COUNT
};

static_assert(
	ROW_COUNT == PICKLE_KEYS && ROW_name == PICKLE_FIRST, "pickle_key.h says so");

const struct pickle_known pickle_keys[PICKLE_KEYS] = {
#define ROW(name, key, kinds, next)                                                      \
	{#name, sizeof(#name) - 1, PICKLE_KEY_##key, kinds, ROW_##next},
	ROWS
#undef ROW
};

/* Where the names of each length begin. */
static const uint8_t first_of[PICKLE_NAME_BYTES + 1] = {[4] = ROW_name,
	[5] = ROW_msecs,
	[6] = ROW_module,
	[7] = ROW_levelno,
	[8] = ROW_pathname,
	[9] = ROW_levelname,
	[10] = ROW_stack_info,
	[11] = ROW_processName,
	[12] = ROW_relativeCreated,
	[13] = ROW_relativeCreated,
	[14] = ROW_relativeCreated,
	[15] = ROW_relativeCreated,
	[16] = ROW_COUNT};

const struct pickle_known *pickle_known(struct str name)
{
	if (name.len >= PICKLE_NAME_BYTES)
		return NULL;
	for (size_t i = first_of[name.len]; i < first_of[name.len + 1]; i++) {
		if (pickle_key_is(&pickle_keys[i], name))
			return &pickle_keys[i];
	}
	return NULL;
}
