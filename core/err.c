/*
 * err: formats the message; truncation is harmless.
 */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>

bool err_set(struct err *err, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, format);
	vsnprintf(err->msg, sizeof(err->msg), format, args);
	va_end(args);
	err->pos = 0;
	err->has_pos = false;
	return false;
}

bool err_set_at(struct err *err, size_t pos, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, format);
	vsnprintf(err->msg, sizeof(err->msg), format, args);
	va_end(args);
	err->pos = pos;
	err->has_pos = true;
	return false;
}
