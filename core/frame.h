/*
 * frame: what one whole message of a source is, which its framing knows and its bytes need
 * not show. Sources say it, formats take it.
 */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

enum frame_kind {
	FRAME_TEXT,    /* text, maybe of several lines: formats are tried on the first one */
	FRAME_PICKLE,  /* one Python pickle, without its length */
	FRAME_FORM,    /* the fields of a URL-encoded form (logging.handlers.HTTPHandler) */
	FRAME_JOURNAL, /* KEY=value lines as sd_journal_send(3) writes them */
	FRAME_OTLP,    /* a body of OTLP/HTTP in JSON, which holds any number of records */
	FRAME_KINDS
};

#endif
