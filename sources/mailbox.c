/*
 * mailbox: recvmmsg into memory that is taken once. A slot is as long as the longest
 * datagram; the kernel gives pages only to what is written.
 */
#include "sources/mailbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/mem.h"

#define CONTROL_BYTES CMSG_SPACE(sizeof(uint32_t))

struct mailbox {
	struct mmsghdr heads[MAILBOX_LETTERS];
	struct iovec parts[MAILBOX_LETTERS];
	_Alignas(struct cmsghdr) char controls[MAILBOX_LETTERS][CONTROL_BYTES];
	unsigned first, count;
	char *bytes;
};

struct mailbox *mailbox_new(bool counted)
{
	struct mailbox *m = xcalloc(1, sizeof(*m));
	m->bytes = xmalloc((size_t)MAILBOX_LETTERS * MAILBOX_BYTES);
	for (unsigned i = 0; i < MAILBOX_LETTERS; i++) {
		m->parts[i].iov_base = m->bytes + (size_t)i * MAILBOX_BYTES;
		m->heads[i].msg_hdr.msg_iov = &m->parts[i];
		m->heads[i].msg_hdr.msg_iovlen = 1;
		m->heads[i].msg_hdr.msg_control = counted ? m->controls[i] : NULL;
	}
	return m;
}

void mailbox_free(struct mailbox *m)
{
	if (m == NULL)
		return;
	free(m->bytes);
	free(m);
}

int mailbox_fetch(struct mailbox *m, int fd, size_t most)
{
	assert(mailbox_empty(m));
	size_t room = most < MAILBOX_BYTES ? most : MAILBOX_BYTES;
	/* The kernel has written to those that it used last. */
	unsigned stale = m->parts[0].iov_len == room ? m->count : MAILBOX_LETTERS;
	for (unsigned i = 0; i < stale; i++) {
		m->parts[i].iov_len = room;
		if (m->heads[i].msg_hdr.msg_control != NULL)
			m->heads[i].msg_hdr.msg_controllen = CONTROL_BYTES;
	}
	m->first = m->count = 0;
	int n = recvmmsg(fd, m->heads, MAILBOX_LETTERS, MSG_DONTWAIT, NULL);
	if (n > 0)
		m->count = (unsigned)n;
	return n;
}

bool mailbox_empty(const struct mailbox *m)
{
	return m->first == m->count;
}

struct letter mailbox_first(const struct mailbox *m)
{
	const struct mmsghdr *head = &m->heads[m->first];
	struct letter letter = {
		.bytes = {m->bytes + (size_t)m->first * MAILBOX_BYTES, head->msg_len},
		.cut = (head->msg_hdr.msg_flags & MSG_TRUNC) != 0,
		.passed = (head->msg_hdr.msg_flags & MSG_CTRUNC) != 0};
	struct cmsghdr control;
	if (head->msg_hdr.msg_control == NULL || head->msg_hdr.msg_controllen < CONTROL_BYTES)
		return letter;
	memcpy(&control, m->controls[m->first], sizeof(control));
	if (control.cmsg_level != SOL_SOCKET || control.cmsg_type != SO_RXQ_OVFL)
		return letter;
	memcpy(&letter.drops, m->controls[m->first] + CMSG_LEN(0), sizeof(letter.drops));
	letter.counted = true;
	return letter;
}

bool mailbox_followed(const struct mailbox *m)
{
	return m->first > 0;
}

void mailbox_drop(struct mailbox *m)
{
	m->first++;
}
