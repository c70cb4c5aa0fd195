/*
 * pickle_record: which values of a pickle are what of a log record.
 *
 *	struct pickle_record rec;
 *	pickle_record_find(&rec, &p);
 *	... rec.value[PICKLE_KEY_MSG] ...
 *
 * Three kinds: the attributes of a logging.LogRecord (SocketHandler sends them as a dict,
 * a multiprocessing connection as the object), the record dict of Loguru, and any other
 * dict, whose keys may be those of either.
 */
#ifndef FORMATS_PICKLE_RECORD_H
#define FORMATS_PICKLE_RECORD_H

#include "core/level.h"
#include "core/stamp.h"
#include "formats/pickle_read.h"

/* Which records have a key. */
enum pickle_record_kind { PICKLE_LOGGING = 1, PICKLE_LOGURU = 2, PICKLE_OTHER = 4 };

enum pickle_key {
	PICKLE_KEY_NONE, /* the user's own */
	PICKLE_KEY_MSG,
	PICKLE_KEY_MESSAGE,
	PICKLE_KEY_ARGS,
	PICKLE_KEY_NAME,
	PICKLE_KEY_CREATED,
	PICKLE_KEY_TIME,
	PICKLE_KEY_LEVELNO,
	PICKLE_KEY_LEVELNAME,
	PICKLE_KEY_LEVEL,
	PICKLE_KEY_PATHNAME,
	PICKLE_KEY_FILE,
	PICKLE_KEY_LINENO,
	PICKLE_KEY_LINE,
	PICKLE_KEY_FUNCNAME,
	PICKLE_KEY_FUNCTION,
	PICKLE_KEY_PROCESS,
	PICKLE_KEY_PROCESSNAME,
	PICKLE_KEY_THREAD,
	PICKLE_KEY_THREADNAME,
	PICKLE_KEY_EXC_INFO,
	PICKLE_KEY_EXC_TEXT,
	PICKLE_KEY_STACK_INFO,
	PICKLE_KEY_EXCEPTION,
	PICKLE_KEY_EXTRA,
	PICKLE_KEY_TASKNAME,
	PICKLE_KEY_REDUNDANT, /* says what another one says, too */
	PICKLE_KEY_COUNT
};

struct pickle_record {
	const struct pickle *p;
	struct pickle_value
		dict; /* PICKLE_UNSET: it is no dict, the root is the message */
	enum pickle_record_kind kind;
	struct pickle_value value[PICKLE_KEY_COUNT]; /* by enum pickle_key */
};

void pickle_record_find(struct pickle_record *rec, const struct pickle *p);
/* What KEY means in REC. */
enum pickle_key pickle_record_key(
	const struct pickle_record *rec, struct pickle_value key);

/* The time, or TIME_NONE. CACHE is for times without a zone. */
int64_t pickle_record_time(const struct pickle_record *rec, struct stamp_cache *cache);
struct severity pickle_record_severity(const struct pickle_record *rec);
/* The level's name as the program has it. */
struct pickle_value pickle_record_level(const struct pickle_record *rec);

/* A Loguru line that a handler of the standard library was given: the message, or NULL str.
 * What it says of itself is truer than what is around it. */
struct str pickle_record_wrapped(const struct pickle_record *rec);
/* The time NS of such a line, whose own zone is taken if it has none: the one that brings it
 * near to the time around it. LINE begins with it. */
int64_t pickle_wrapped_time(const struct pickle_record *rec, struct str line, int64_t ns);

/* A member of an object that Loguru sends: "name" of a RecordLevel. */
struct pickle_value pickle_record_member(
	const struct pickle_record *rec, enum pickle_key key, const char *name);

#endif
