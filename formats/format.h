/*
 * format: how a line becomes a record. One .c a format family, one row in table.h, whose
 * order is the order in which formats are tried.
 *
 * To add one: write formats/x.c with a parse and a fields function and, last,
 *
 *	const struct format format_x = {.name = "x", .first = "0[", ...};
 *
 * add FORMAT(x) to table.h, and a folder under tests/golden/formats/. Nothing else.
 *
 * The reader (merge/reader.c) tries the source's last hit first and then every other
 * format whose FIRST allows the line's first byte. A line that no format takes continues
 * the record before it, or is a raw record where there is none.
 */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include <stdbool.h>

#include "core/fields.h"
#include "core/frame.h"
#include "core/intern.h"
#include "core/level.h"
#include "core/record.h"
#include "core/stamp.h"
#include "core/str.h"

/* What parse must find. The time is always wanted. */
enum parse_want {
	WANT_LEVEL = 1,
	WANT_MODULE = 2,
	WANT_FIELDS = 4 /* somebody will read the fields: which format it is matters */
};

/* What the formats of one source remember from line to line; owned by its reader. */
struct parse {
	unsigned want;              /* enum parse_want */
	struct stamp_cache stamp;
	struct stamp_year year;     /* for stamps that say none; its now is the reader's job */
	struct intern_cache *modules;
	struct buf plain;           /* scratch: a line without its colours */
	struct buf part;            /* scratch of split */
	bool rsyslog;               /* the source is a file of rsyslog's (syslog_iso.c) */
};

struct format {
	const char *name;
	const char *summary; /* one line, for `mplog formats` and the man page */
	const char *example; /* one line it takes */
	/* The bytes its lines begin with: each character stands for itself, but '0' for any
	 * digit, 'A' for any ASCII letter, '~' for ESC. NULL: any byte. */
	const char *first;
	/* Lines of an earlier row would be taken, too: never tried before its turn. Between
	 * other rows no line is taken by two, so the source's last one is tried first. */
	bool in_turn;
	/* The kind of frame it takes. Formats of other kinds than text are not tried on
	 * lines: parse and fields get the whole frame, whatever bytes are in it. */
	enum frame_kind frame;
	/* A frame of it is no text for people, so that output renders it (formats/line.h). */
	bool wire;
	/* Whether LINE (no newline; a CR may end it; TEXT_PAD readable bytes behind it) begins
	 * a record of this format. If so, sets R's time (or leaves TIME_NONE), and, where
	 * wanted, level with severity, and module; sets nothing else. If not, leaves R as it
	 * is. Must be quick to say no. */
	bool (*parse)(struct parse *p, struct str line, struct record *r);
	/* For messages that may hold several records: calls EACH with the text of every one,
	 * which parse takes and which is valid during the call; how many there were. 0: the
	 * message is one record as it is. NULL: it always is. */
	size_t (*split)(struct parse *p, struct str message,
		void (*each)(void *owner, struct str text), void *owner);
	/* Reads everything of a record that parse took into F, which is empty. The record's
	 * text may hold continuation lines. */
	void (*fields)(const struct record *r, struct fields *f);
};

#define FORMAT(name) extern const struct format format_##name;
#include "formats/table.h"
#undef FORMAT

enum format_id {
#define FORMAT(name) FORMAT_##name,
#include "formats/table.h"
#undef FORMAT
	FORMAT_COUNT
};

/* Where only the time is wanted: whether LINE begins with a time and a blank, as a head of
 * some text format does; which one it is would take longer to say. */
static inline bool format_stamped(struct parse *p, struct str line, struct record *r)
{
	size_t n = stamp_parse(&p->stamp, line, &r->time);

	return n > 0 && n < line.len && line.ptr[n] == ' ';
}

/* By enum format_id. */
extern const struct format *const formats[FORMAT_COUNT];

/* For each first byte the formats (bit = format_id) that may begin with it. */
extern uint32_t formats_by_first[256];
/* Likewise for each kind of frame but FRAME_TEXT. */
extern uint32_t formats_by_frame[FRAME_KINDS];
/* Fills both and sets fields_parse and fields_render; call once before any thread. */
void formats_init(void);

/* The format of that name or NULL. */
const struct format *formats_find(struct str name);

/*
 * Shared by text formats: splits the text after a head (TEXT from the message on, all
 * lines) into FIELD_MESSAGE and, where a traceback begins on a line of its own,
 * FIELD_EXCEPTION. A final CR of the message is left out.
 */
void fields_set_message(struct fields *f, struct str text);

/* Whether LINE, which no format takes, begins an error block of its own that is not part
 * of the record before it ("Exception in thread ...", "Process X:", a Rust panic): a raw
 * record of level ERROR. */
bool format_orphan_block(struct str line);

/* Whether LINE continues the raw record before it, in a source that never had a head. */
bool format_continues(struct str line);

/* Whether LINE looks like the last one of a traceback ("ValueError: text"), which begins
 * at column 0: it continues a raw record that has a traceback. */
bool format_ends_traceback(struct str line);

#endif
