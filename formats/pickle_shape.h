/*
 * pickle_shape: what the objects of a pickle are, where Python's own library makes them:
 * times, bytes, sets, numbers and names. Nothing of them is made; they are read.
 */
#ifndef FORMATS_PICKLE_SHAPE_H
#define FORMATS_PICKLE_SHAPE_H

#include "formats/pickle_read.h"

/* "app.models" and "User". */
struct pickle_class {
	struct str module;
	struct str name;
};

/* The class that V is, or is an object of; of an object of no class what is called. False
 * if there is none. */
bool pickle_class(const struct pickle *p, struct pickle_value v, struct pickle_class *c);
bool pickle_class_is(const struct pickle_class *c, const char *module, const char *name);

/* The attributes of an object (its state; of two dicts the one of the slots), a dict or
 * PICKLE_UNSET. */
struct pickle_value pickle_attributes(const struct pickle *p, struct pickle_value v);

/* Whether V is bytes that protocols 0 to 2 send as a call; *LATIN1 is then the string of
 * their values, or PICKLE_UNSET for none. */
bool pickle_sent_bytes(
	const struct pickle *p, struct pickle_value v, struct pickle_value *latin1);

/* A datetime.datetime or what is built like it. Without a zone the time is local. */
struct pickle_moment {
	int64_t year;
	unsigned month, day, hour, minute, second, us;
	bool zoned;
	int64_t offset_us; /* to be taken off for UTC */
};

bool pickle_moment(
	const struct pickle *p, struct pickle_value v, struct pickle_moment *m);
/* A datetime.date or datetime.time, only their members. */
bool pickle_date(const struct pickle *p, struct pickle_value v, struct pickle_moment *m);
bool pickle_clock(const struct pickle *p, struct pickle_value v, struct pickle_moment *m);
/* A datetime.timedelta, up to a million years. */
bool pickle_delta(const struct pickle *p, struct pickle_value v, int64_t *us);
/* A datetime.timezone. */
bool pickle_zone(const struct pickle *p, struct pickle_value v, int64_t *offset_us);
/* M as ns since 1970-01-01 UTC; false without a zone and before 1970. */
bool pickle_moment_ns(const struct pickle_moment *m, int64_t *ns);

/* The member of an enum, as its class and value are written: its value, or its name
 * (getattr). */
bool pickle_enum(const struct pickle *p, struct pickle_value v, struct pickle_class *c,
	struct pickle_value *value, bool *by_name);

/* The one character of a string at *AT, which moves on; false at its end. Bytes that are no
 * UTF-8 are PICKLE_BYTE + their value, surrogates are code points. */
#define PICKLE_BYTE 0x110000u
bool pickle_char(const struct pickle_value *s, size_t *at, uint32_t *code);

#endif
