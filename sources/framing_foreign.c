/*
 * framing_foreign: what others send to a port that takes logs and mplog cannot read. It
 * is recognised by its first bytes, named, and refused once, instead of being shown as
 * lines of nonsense.
 */
#include "sources/framing.h"

struct foreign {
	size_t at; /* where BYTES are */
	struct str bytes;
	const char *why;
};

#define PLAIN "; send it uncompressed"
#define ANNOUNCED "a message of more than 2 GiB is announced (or it is no log)"

static const struct foreign foreigners[] = {
	{0, STR("\x16\x03"),
		"it is encrypted (TLS), and mplog reads plain connections only; switch TLS "
		"off at the sender, or put stunnel or socat in front"},
	{0, STR("\xac\xed\x00\x05"),
		"it sends serialized Java objects (SocketAppender); give the logger a "
		"SyslogAppender, GELF or a JSON layout"},
	{0, STR("PRI * HTTP/2"),
		"it speaks HTTP/2 (gRPC); let the exporter use HTTP/1.1 with JSON "
		"(OTEL_EXPORTER_OTLP_PROTOCOL=http/json)"},
	{9, STR("\x7f"), "it speaks ZeroMQ; use a plain TCP socket"},
	{0, STR("\x80\x02"), "a pickle without its length; use logging's SocketHandler"},
	{0, STR("\x80\x03"), "a pickle without its length; use logging's SocketHandler"},
	{0, STR("\x80\x04"), "a pickle without its length; use logging's SocketHandler"},
	{0, STR("\x80\x05"), "a pickle without its length; use logging's SocketHandler"},
	{0, STR("\x80\0\0\0"), ANNOUNCED},
	{0, STR("\x7f\xff\xff\xff"), ANNOUNCED},
	{0, STR("\xff\xff\xff\xff"), ANNOUNCED},
	{0, STR("\x1f\x8b\x08"), "it is compressed (gzip)" PLAIN},
	{0, STR("\x28\xb5\x2f\xfd"), "it is compressed (zstd)" PLAIN},
	{0, STR("\xfd" "7zXZ\0"), "it is compressed (xz)" PLAIN},
	{0, STR("BZh91AY&SY"), "it is compressed (bzip2)" PLAIN},
	{0, STR("\x04\x22\x4d\x18"), "it is compressed (lz4)" PLAIN},
};

#define FOREIGNERS (sizeof(foreigners) / sizeof(foreigners[0]))
#define ZMQ_GREETING '\xff' /* its first byte; the tenth is 0x7f */

static const char *const fluentd =
	"it speaks Fluentd's protocol (msgpack); use an output with JSON lines over TCP";
static const char *const zlib = "it is compressed (zlib)" PLAIN;

/* An array of two to four that begins with a tag, which is a string. */
static enum framing_guess guess_fluentd(struct str bytes)
{
	unsigned char first = (unsigned char)bytes.ptr[0];
	if (first < 0x92 || first > 0x94)
		return GUESS_NO;
	if (bytes.len < 2)
		return GUESS_MORE;
	unsigned char tag = (unsigned char)bytes.ptr[1];
	return (tag >= 0xa0 && tag <= 0xbf) || tag == 0xd9 || tag == 0xda ? GUESS_YES
									   : GUESS_NO;
}

static bool is_control(char c)
{
	unsigned char u = (unsigned char)c;
	return (u < 0x20 && u != '\t' && u != '\n' && u != '\r' && u != 0x1b) || u == 0x7f;
}

/* "x^" may begin a line, but not one with controls right behind it. */
static enum framing_guess guess_zlib(struct str bytes)
{
	if (bytes.ptr[0] != 'x')
		return GUESS_NO;
	if (bytes.len < 2)
		return GUESS_MORE;
	if (memchr("\x01\x5e\x9c\xda", bytes.ptr[1], 4) == NULL)
		return GUESS_NO;
	for (size_t i = 2; i < bytes.len && i < 64; i++)
		if (is_control(bytes.ptr[i]))
			return GUESS_YES;
	return GUESS_NO;
}

static enum framing_guess guess_row(const struct foreign *row, struct str bytes)
{
	if (row->at > 0 && bytes.ptr[0] != ZMQ_GREETING)
		return GUESS_NO;
	return framing_literal(bytes, row->at, row->bytes);
}

/* *WHY is set if it is known what it is. */
static enum framing_guess find(struct str bytes, const char **why)
{
	enum framing_guess best = GUESS_NO;
	for (size_t i = 0; i < FOREIGNERS; i++) {
		enum framing_guess guess = guess_row(&foreigners[i], bytes);
		if (guess == GUESS_YES) {
			*why = foreigners[i].why;
			return GUESS_YES;
		}
		if (guess == GUESS_MORE)
			best = GUESS_MORE;
	}
	*why = fluentd;
	enum framing_guess guess = guess_fluentd(bytes);
	if (guess == GUESS_NO) {
		*why = zlib;
		guess = guess_zlib(bytes);
	}
	return guess != GUESS_NO ? guess : best;
}

static enum framing_guess guess_foreign(struct framing *f, struct str bytes)
{
	const char *why;
	(void)f;
	return find(bytes, &why);
}

static enum framing_step next(
	struct framing *f, const struct framing_input *in, struct framed *out)
{
	const char *why = NULL;
	(void)f;
	if (in->bytes.len == 0 || find(in->bytes, &why) != GUESS_YES)
		return FRAMING_OTHER;
	return framing_bad(out, "%s", why);
}

const struct framing_ops framing_foreign = {
	.name = "foreign",
	.binary = true,
	.guess = guess_foreign,
	.next = next,
};
