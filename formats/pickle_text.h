/*
 * pickle_text: bounded text, and the values of a pickle that hold no others, as text.
 */
#ifndef FORMATS_PICKLE_TEXT_H
#define FORMATS_PICKLE_TEXT_H

#include "formats/pickle_read.h"

/* What may come behind the soft end: closing brackets, and one number. */
#define PICKLE_SLACK 2048

enum pickle_style {
	PICKLE_AS_STR,  /* as Python's str() */
	PICKLE_AS_REPR, /* as its repr() */
	PICKLE_AS_JSON  /* valid JSON, also where it was cut */
};

struct pickle_out {
	char *ptr;
	size_t len;
	size_t soft; /* nothing new begins from here on */
	size_t cap;  /* soft + PICKLE_SLACK */
};

/* What fits of S; for what is written between values. */
void pickle_put(struct pickle_out *out, struct str s);
void pickle_puts(struct pickle_out *out, const char *s);

static inline bool pickle_is_full(const struct pickle_out *out)
{
	return out->len >= out->soft;
}

void pickle_show_string(
	struct pickle_out *out, struct pickle_value s, enum pickle_style style);
/* b'..'. CHARS are bytes, a string of code points below 256, or PICKLE_UNSET for none. */
void pickle_show_bytes(
	struct pickle_out *out, struct pickle_value chars, enum pickle_style style);
void pickle_show_integer(struct pickle_out *out, struct pickle_value v);
void pickle_show_real(struct pickle_out *out, double real);

/* An object of Python's library that str() shows as text, so or as Name('text') for REPR;
 * false for others, and nothing is put. */
bool pickle_show_library(
	struct pickle_out *out, const struct pickle *p, struct pickle_value v, bool repr);
/* <module.Class>, or <object> where there is no name. */
void pickle_show_class(
	struct pickle_out *out, const struct pickle *p, struct pickle_value v);

#endif
