/*
 * pickle_flat: the pickle that nearly every record comes as, read in one go: a dict of
 * strings and numbers that is the attributes of a logging.LogRecord, as SocketHandler
 * sends it. Without a stack, and with a guess at each key. It says no to everything else,
 * and to some that is rare; what it reads, pickle_read and pickle_record_find read, too,
 * and find the same in it.
 *
 *	struct pickle_flat flat;
 *	if (pickle_flat(&flat, frame))
 *		... flat.record, instead of that of pickle_record_find ...
 */
#ifndef FORMATS_PICKLE_FLAT_H
#define FORMATS_PICKLE_FLAT_H

#include "formats/pickle_record.h"

#define PICKLE_FLAT_OTHERS 64 /* keys of the user's own */

/* Its parts point to each other: it must stay where it is. */
struct pickle_flat {
	struct pickle pickle; /* the items of its root are those that are no known ones */
	struct pickle_record record;
	struct pickle_node node;
	struct pickle_run run;
	struct pickle_value items[2 * PICKLE_FLAT_OTHERS];
};

/* Reads FRAME, which has TEXT_PAD readable bytes behind it. The record is of the kind
 * PICKLE_LOGGING and its message a string without arguments; of the keys that say what
 * others say there are none in it. False: use pickle_read; FLAT is of no use. */
bool pickle_flat(struct pickle_flat *flat, struct str frame);

#endif
