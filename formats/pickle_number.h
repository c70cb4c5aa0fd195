/*
 * pickle_number: numbers as Python writes them.
 */
#ifndef FORMATS_PICKLE_NUMBER_H
#define FORMATS_PICKLE_NUMBER_H

#include "formats/pickle_read.h"

#define PICKLE_BIG_BYTES 248 /* of a binary integer that is written out */
#define PICKLE_BIG_DIGITS 600
#define PICKLE_NUMBER_TEXT 640 /* room for any of these */

/* repr() of a float: the shortest text that is read back as it. Returns its length; TEXT has
 * room for 32. */
size_t pickle_put_real(char *text, double real);
/* str() of an int, or "" if it is too long to be written out. TEXT has room for
 * PICKLE_NUMBER_TEXT. */
size_t pickle_put_integer(char *text, struct pickle_value v);
/* The 128 bits of a non-negative integer, the highest byte first; false if it is none. */
bool pickle_bits(struct pickle_value v, unsigned char bits[16]);

#endif
