/*
 * One table for each length of name; a look-up compares the first 16 bytes in two words,
 * with the bit that tells upper from lower case masked out. The commonest come first.
 */
#include "formats/keys.h"

#define PREFIX 16 /* bytes of a name compared at once */

struct key_rows {
	const struct key *rows;
	size_t count;
};

static const struct key_rows rows_by_length[KEY_NAME_MAX + 1];

/* 16 bytes from here less a name's length are its mask. */
static const unsigned char masks[2 * PREFIX] = {0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf,
	0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf};

static inline uint64_t load(const void *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
	return word;
}

const struct key *key_find(struct str name)
{
	if (name.len > KEY_NAME_MAX)
		return NULL;
	const struct key_rows *all = &rows_by_length[name.len];
	size_t used = name.len < PREFIX ? name.len : PREFIX;
	const unsigned char *mask = masks + PREFIX - used;
	uint64_t mask1 = load(mask), mask2 = load(mask + 8);
	uint64_t word1 = load(name.ptr), word2 = load(name.ptr + 8);
	for (size_t i = 0; i < all->count; i++) {
		const struct key *key = &all->rows[i];
		uint64_t differ = ((load(key->name) ^ word1) & mask1) |
				  ((load(key->name + 8) ^ word2) & mask2);
		if (differ != 0)
			continue;
		if (name.len == used || strncasecmp(name.ptr + used, key->name + used,
						name.len - used) == 0)
			return key;
	}
	return NULL;
}

static const struct key rows_1[] = {
	{"t", KEY_TIME, 0, 0, 0},
	{"s", FIELD_LEVEL, 1, 0, 0},
	{"c", FIELD_MODULE, 4, 0, 0},
	{"v", KEY_OTHER, 0, 0, SHAPE_V},
};

static const struct key rows_2[] = {
	{"ts", KEY_TIME, 0, 0, KEY_KNOWN},
	{"@t", KEY_TIME, 0, 0, KEY_KNOWN | SHAPE_SERILOG},
	{"@l", FIELD_LEVEL, 0, 0, KEY_KNOWN},
	{"@m", FIELD_MESSAGE, 1, 0, KEY_KNOWN},
	{"@x", FIELD_EXCEPTION, 0, 0, 0},
	{"at", FIELD_LEVEL, 1, 0, 0},
};

static const struct key rows_3[] = {
	{"msg", FIELD_MESSAGE, 1, 0, KEY_KNOWN},
	{"lvl", FIELD_LEVEL, 0, SCALE_SHAPE, KEY_KNOWN},
	{"pid", FIELD_PID, 0, 0, SHAPE_PID},
	{"log", FIELD_MESSAGE, 5, 0, KEY_KNOWN | KEY_INSIDE},
	{"err", KEY_OTHER, 0, 0, SHAPE_ERR},
	{"@mt", FIELD_MESSAGE, 2, 0, KEY_KNOWN},
	{"tid", FIELD_THREAD, 2, 0, 0},
};

static const struct key rows_4[] = {
	{"time", KEY_TIME, 0, 0, KEY_KNOWN},
	{"name", FIELD_MODULE, 2, 0, 0},
	{"file", FIELD_FILE, 1, 0, 0},
	{"line", FIELD_LINE, 0, 0, 0},
	{"func", FIELD_FUNCTION, 0, 0, 0},
	{"host", FIELD_HOST, 0, 0, 0},
	{"text", FIELD_MESSAGE, 5, 0, KEY_KNOWN},
	{"body", FIELD_MESSAGE, 5, 0, KEY_KNOWN},
	{"date", KEY_TIME, 1, 0, 0},
	{"msec", KEY_TIME, 1, 0, 0},
	{"_pid", FIELD_PID, 0, 0, SHAPE_PID},
};

static const struct key rows_5[] = {
	{"level", FIELD_LEVEL, 0, SCALE_SHAPE, KEY_KNOWN | KEY_INSIDE},
	{"event", FIELD_MESSAGE, 3, 0, KEY_KNOWN | SHAPE_EVENT},
	{"stack", FIELD_EXCEPTION, 2, 0, 0},
};

static const struct key rows_6[] = {
	{"logger", FIELD_MODULE, 0, 0, 0},
	{"caller", FIELD_FILE, 2, 0, SHAPE_CALLER},
	{"module", FIELD_MODULE, 3, 0, 0},
	{"target", FIELD_MODULE, 1, 0, 0},
	{"status", FIELD_LEVEL, 2, 0, 0},
	{"thread", FIELD_THREAD, 1, 0, 0},
	{"source", FIELD_FILE, 3, 0, 0},
	{"lineno", FIELD_LINE, 0, 0, 0},
	{"fields", KEY_OTHER, 0, 0, KEY_INSIDE},
	{"record", KEY_OTHER, 0, 0, KEY_INSIDE},
	{"_level", FIELD_LEVEL, 1, 0, 0},
};

static const struct key rows_7[] = {
	{"message", FIELD_MESSAGE, 0, 0, KEY_KNOWN},
	{"asctime", KEY_TIME, 0, 0, KEY_KNOWN},
	{"levelno", FIELD_LEVEL, 0, SCALE_PYTHON, KEY_KNOWN},
	{"channel", FIELD_MODULE, 1, 0, SHAPE_MONOLOG},
	{"created", KEY_TIME, 2, 0, 0},
	{"instant", KEY_TIME, 0, 0, KEY_KNOWN},
	{"process", FIELD_PROCESS, 1, 0, 0},
	{"@fields", KEY_OTHER, 0, 0, KEY_INSIDE},
	{"_logger", FIELD_MODULE, 0, 0, 0},
	{"_thread", FIELD_THREAD, 1, 0, 0},
	{"request", FIELD_MESSAGE, 8, 0, 0},
};

static const struct key rows_8[] = {
	{"severity", FIELD_LEVEL, 0, SCALE_SYSLOG, KEY_KNOWN},
	{"hostname", FIELD_HOST, 0, 0, SHAPE_HOSTNAME},
	{"funcname", FIELD_FUNCTION, 0, 0, 0},
	{"function", FIELD_FUNCTION, 0, 0, 0},
	{"filename", FIELD_FILE, 2, 0, 0},
	{"pathname", FIELD_FILE, 0, 0, 0},
	{"exc_info", FIELD_EXCEPTION, 0, 0, 0},
	{"exc_text", FIELD_EXCEPTION, 0, 0, 0},
	{"datetime", KEY_TIME, 0, 0, KEY_KNOWN},
	{"priority", FIELD_LEVEL, 1, SCALE_SYSLOG, 0},
	{"loglevel", FIELD_LEVEL, 0, SCALE_SHAPE, KEY_KNOWN},
	{"log_time", KEY_TIME, 1, 0, 0},
	{"category", FIELD_MODULE, 1, 0, 0},
	{"threadid", FIELD_THREAD, 2, 0, 0},
	{"@message", FIELD_MESSAGE, 0, 0, KEY_KNOWN},
	{"level.no", FIELD_LEVEL, 1, SCALE_PYTHON, 0},
};

static const struct key rows_9[] = {
	{"timestamp", KEY_TIME, 0, 0, KEY_KNOWN},
	{"levelname", FIELD_LEVEL, 0, SCALE_SHAPE, KEY_KNOWN},
	{"log.level", FIELD_LEVEL, 0, SCALE_SHAPE, KEY_KNOWN},
	{"component", FIELD_MODULE, 3, 0, 0},
	{"subsystem", FIELD_MODULE, 4, 0, 0},
	{"exception", FIELD_EXCEPTION, 0, 0, 0},
	{"eventtime", KEY_TIME, 0, 0, KEY_KNOWN},
	{"func_name", FIELD_FUNCTION, 0, 0, 0},
	{"thread_id", FIELD_THREAD, 2, 0, 0},
	{"processid", FIELD_PID, 0, 0, 0},
	{"host.name", FIELD_HOST, 0, 0, 0},
	{"code_file", FIELD_FILE, 1, 0, 0},
	{"code_line", FIELD_LINE, 1, 0, 0},
	{"code_func", FIELD_FUNCTION, 1, 0, 0},
	{"_hostname", FIELD_HOST, 0, 0, 0},
	{"err.stack", FIELD_EXCEPTION, 1, 0, 0},
};

static const struct key rows_10[] = {
	{"@timestamp", KEY_TIME, 0, 0, KEY_KNOWN},
	{"level_name", FIELD_LEVEL, 0, 0, KEY_KNOWN},
	{"loggername", FIELD_MODULE, 0, 0, 0},
	{"log.logger", FIELD_MODULE, 0, 0, 0},
	{"stacktrace", FIELD_EXCEPTION, 0, 0, 0},
	{"process_id", FIELD_PID, 0, 0, 0},
	{"process.id", FIELD_PID, 0, 0, 0},
	{"threadname", FIELD_THREAD, 0, 0, 0},
	{"scope.name", FIELD_MODULE, 3, 0, 0},
	{"timemillis", KEY_TIME, 0, 0, KEY_KNOWN},
	{"syslog_pid", FIELD_PID, 1, 0, 0},
	{"level.name", FIELD_LEVEL, 0, 0, 0},
};

static const struct key rows_11[] = {
	{"logger_name", FIELD_MODULE, 0, 0, 0},
	{"level_value", FIELD_LEVEL, 0, SCALE_LOGBACK, KEY_KNOWN},
	{"stack_trace", FIELD_EXCEPTION, 0, 0, 0},
	{"thread_name", FIELD_THREAD, 0, 0, 0},
	{"thread.name", FIELD_THREAD, 0, 0, 0},
	{"processname", FIELD_PROCESS, 0, 0, 0},
	{"process.pid", FIELD_PID, 0, 0, 0},
	{"source.file", FIELD_FILE, 0, 0, 0},
	{"source.line", FIELD_LINE, 0, 0, 0},
	{"action_type", FIELD_MODULE, 5, 0, 0},
	{"error.stack", FIELD_EXCEPTION, 1, 0, 0},
	{"record.name", FIELD_MODULE, 2, 0, 0},
	{"line_number", FIELD_LINE, 1, 0, 0},
};

static const struct key rows_12[] = {
	{"level_number", FIELD_LEVEL, 0, SCALE_PYTHON, KEY_KNOWN},
	{"process_name", FIELD_PROCESS, 0, 0, 0},
	{"process.name", FIELD_PROCESS, 0, 0, 0},
	{"severitytext", FIELD_LEVEL, 0, 0, KEY_KNOWN},
	{"timeunixnano", KEY_TIME, 0, 0, KEY_KNOWN},
	{"full_message", FIELD_EXCEPTION, 9, 0, 0},
	{"message_type", FIELD_MODULE, 5, 0, 0},
	{"record.level", FIELD_LEVEL, 0, SCALE_PYTHON, KEY_INSIDE},
	{"fields.level", FIELD_LEVEL, 1, 0, 0},
};

static const struct key rows_13[] = {
	{"short_message", FIELD_MESSAGE, 1, 0, KEY_KNOWN | SHAPE_GELF},
	{"monolog_level", FIELD_LEVEL, 1, SCALE_MONOLOG, 0},
	{"@fields.level", FIELD_LEVEL, 0, SCALE_SHAPE, 0},
	{"sourcecontext", FIELD_MODULE, 0, 0, 0},
	{"host.hostname", FIELD_HOST, 1, 0, 0},
	{"action_status", FIELD_MESSAGE, 9, 0, 0},
	{"severity_text", FIELD_LEVEL, 0, 0, KEY_KNOWN},
};

static const struct key rows_14[] = {
	{"error_severity", FIELD_LEVEL, 0, 0, KEY_KNOWN},
	{"severitynumber", FIELD_LEVEL, 0, SCALE_OTEL, KEY_KNOWN},
	{"fields.message", FIELD_MESSAGE, 4, 0, 0},
	{"record.message", FIELD_MESSAGE, 4, 0, 0},
};

static const struct key rows_15[] = {
	{"severity_number", FIELD_LEVEL, 0, SCALE_OTEL, KEY_KNOWN},
	{"record.level.no", FIELD_LEVEL, 1, SCALE_PYTHON, 0},
	{"source.function", FIELD_FUNCTION, 0, 0, 0},
	{"log.origin.file", FIELD_FILE, 1, 0, 0},
	{"messagetemplate", FIELD_MESSAGE, 4, 0, KEY_KNOWN},
	{"syslog_severity", FIELD_LEVEL, 1, SCALE_SYSLOG, 0},
};

static const struct key rows_17[] = {
	{"process.thread.id", FIELD_THREAD, 2, 0, 0},
	{"record.level.name", FIELD_LEVEL, 0, 0, 0},
	{"syslog_identifier", FIELD_MODULE, 0, 0, 0},
	{"error.stack_trace", FIELD_EXCEPTION, 0, 0, 0},
};

static const struct key rows_19[] = {
	{"process.thread.name", FIELD_THREAD, 0, 0, 0},
	{"log.origin.function", FIELD_FUNCTION, 0, 0, 0},
};

static const struct key rows_20[] = {
	{"__realtime_timestamp", KEY_TIME, 1, 0, KEY_KNOWN},
	{"observedtimeunixnano", KEY_TIME, 1, 0, 0},
	{"log.origin.file.name", FIELD_FILE, 0, 0, 0},
	{"log.origin.file.line", FIELD_LINE, 0, 0, 0},
};

static const struct key rows_26[] = {
	{"_source_realtime_timestamp", KEY_TIME, 0, 0, KEY_KNOWN},
};

#define ROWS(array)                                                                      \
	{                                                                                \
		array, sizeof(array) / sizeof((array)[0])                                \
	}

static const struct key_rows rows_by_length[KEY_NAME_MAX + 1] = {
	[1] = ROWS(rows_1),
	[2] = ROWS(rows_2),
	[3] = ROWS(rows_3),
	[4] = ROWS(rows_4),
	[5] = ROWS(rows_5),
	[6] = ROWS(rows_6),
	[7] = ROWS(rows_7),
	[8] = ROWS(rows_8),
	[9] = ROWS(rows_9),
	[10] = ROWS(rows_10),
	[11] = ROWS(rows_11),
	[12] = ROWS(rows_12),
	[13] = ROWS(rows_13),
	[14] = ROWS(rows_14),
	[15] = ROWS(rows_15),
	[17] = ROWS(rows_17),
	[19] = ROWS(rows_19),
	[20] = ROWS(rows_20),
	[26] = ROWS(rows_26),
};
