/*
 * Fuzz target: datagrams of GELF, each behind a byte that says how long it is, and what
 * comes of them read as a message.
 */
#define TARGET FORMAT_gelf
#define ENTRY fuzz_message
#include "fuzz_format.h"
#include "sources/gelf_chunks.h"

#define MESSAGE_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gelf_chunks g = {.max = MESSAGE_MAX};
	struct str message;
	int64_t now = 0;

	while (size > 0) {
		size_t n = (size_t)(*data & 0x7f) * 4;
		now += *data & 0x80 ? GELF_WAIT_NS / 2 : 0;
		data++;
		size--;
		n = n < size ? n : size;
		struct str datagram = {(const char *)data, n};
		enum gelf_result result = gelf_take(&g, datagram, now, &message);
		assert(g.bytes <= GELF_BYTES && g.waiting <= GELF_MESSAGES);
		if (result != GELF_KEPT) {
			assert(message.len <= MESSAGE_MAX);
			fuzz_message((const uint8_t *)message.ptr, message.len);
		}
		data += n;
		size -= n;
	}
	gelf_clear(&g);
	assert(g.bytes == 0 && g.waiting == 0);
	return 0;
}
