/*
 * What is shared with attached mplogs: the ring of messages, who gets which of them, what
 * the slow ones are told, and how one goes on at another.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "mergekit.h"
#include "merge/share.h"
#include "merge/share_ring.h"
#include "sources/attach_link.h"
#include "tap.h"

static const struct moment now = {.mono = 1000, .wall = 2000};

/* What the ring threw away, in records. */
static uint64_t evicted_records, evicted_last;

static void evicted(void *context, const struct share_head *head)
{
	(void)context;
	evicted_records += head->lines;
	evicted_last = head->sequence;
}

static void ring_put(struct share_ring *r, uint64_t sequence, size_t size)
{
	char *payload = xmalloc(size + 1);
	struct share_head head = {
		.size = (uint32_t)size, .lines = 1, .sequence = sequence, .records = sequence};
	memset(payload, 'a' + (int)(sequence % 26), size);
	share_ring_put(r, &head, payload);
	free(payload);
}

/* Whether the ring holds the messages FIRST to LAST whole, and nothing else. */
static bool ring_holds(const struct share_ring *r, uint64_t first, uint64_t last)
{
	const struct share_head *m;
	uint64_t pos = r->tail, want = first;
	for (; (m = share_ring_at(r, &pos)) != NULL; pos += share_ring_size(m)) {
		const char *payload = (const char *)(m + 1);
		if (m->sequence != want++)
			return false;
		for (uint32_t i = 0; i < m->size; i++) {
			if (payload[i] != 'a' + (int)(m->sequence % 26))
				return false;
		}
	}
	return want == last + 1;
}

static void test_ring(void)
{
	struct share_ring r;
	struct rng rng = {7};
	share_ring_init(&r, SHARE_RING_LEAST, evicted, NULL);
	ok(ring_holds(&r, 1, 0), "an empty ring");
	ok(share_ring_fits(&r, SHARE_RING_LEAST / 4 - 48) &&
			!share_ring_fits(&r, SHARE_RING_LEAST / 4),
		"a quarter of it is the most for one message");
	ring_put(&r, 1, 0);
	ring_put(&r, 2, 5);
	ok(ring_holds(&r, 1, 2), "two messages, one of them empty");
	bool good = true;
	for (uint64_t i = 3; i < 3000 && good; i++) {
		ring_put(&r, i, rng_below(&rng, i % 10 == 0 ? 60000 : 900));
		good = ring_holds(&r, evicted_last + 1, i) && r.head - r.tail <= r.cap;
	}
	ok(good, "3000 of any size: always the newest, whole and in order");
	ok(evicted_records == evicted_last && evicted_last > 1000, "each was thrown away once");
	uint64_t pos = share_ring_find(&r, 2990);
	ok(share_ring_at(&r, &pos)->sequence == 2990, "one is found by its number");
	ok(share_ring_find(&r, 1) == r.tail && share_ring_find(&r, 9999) == r.head,
		"one that has gone, one that is to come");
	share_ring_cut(&r, 2990);
	ok(ring_holds(&r, evicted_last + 1, 2989), "the newest are taken back");
	ring_put(&r, 2990, 100);
	ok(ring_holds(&r, evicted_last + 1, 2990), "and it goes on there");
	share_ring_reset(&r);
	ok(ring_holds(&r, 1, 0) && evicted_last == 2990, "emptied");
	share_ring_clear(&r);
}

/*
 * An end of a connection to a share.
 */
struct peer {
	int fd;
	struct share_head head;
	struct buf payload;
};

static void peer_greet(struct peer *p, struct share *share, uint64_t epoch, uint64_t sequence)
{
	char hello[100];
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		abort();
	*p = (struct peer){.fd = fds[0]};
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	int len = snprintf(hello, sizeof(hello), SHARING_MAGIC "1 %llx %llx\n",
		(unsigned long long)epoch, (unsigned long long)sequence);
	share_greet(share, fds[1], str_make(hello, (size_t)len));
}

static void peer_free(struct peer *p)
{
	close(p->fd);
	buf_free(&p->payload);
}

static bool receive(int fd, char *to, size_t n)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	while (n > 0) {
		ssize_t got = poll(&p, 1, 5000) == 1 ? recv(fd, to, n, 0) : -1;
		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

/* The next message; false: the end, or nothing for too long. */
static bool peer_next(struct peer *p)
{
	if (!receive(p->fd, (char *)&p->head, sizeof(p->head)) ||
		p->head.size > SHARE_PAYLOAD_MAX)
		return false;
	p->payload.len = 0;
	buf_reserve(&p->payload, p->head.size + 1);
	p->payload.len = p->head.size;
	return receive(p->fd, p->payload.ptr, p->head.size);
}

static bool peer_gets(struct peer *p, enum share_kind kind)
{
	return peer_next(p) && p->head.kind == kind;
}

static bool peer_gets_text(struct peer *p, enum share_kind kind, const char *text)
{
	return peer_gets(p, kind) && p->payload.len == strlen(text) &&
	       memcmp(p->payload.ptr, text, p->payload.len) == 0;
}

static struct share_welcome peer_welcome(struct peer *p)
{
	struct share_welcome w;
	memset(&w, 0, sizeof(w));
	if (peer_gets(p, SHARE_WELCOME) && p->payload.len == sizeof(w))
		memcpy(&w, p->payload.ptr, sizeof(w));
	return w;
}

static const struct source_ops one_writer = {.name = "test"};
static const struct source_ops many_writers = {.name = "test", .shared = true};
static char label[] = "tcp:9020#1";
static struct origin origin = {.label = label};

static void put(struct share *share, struct share_origin **as, const struct source *s,
	const char *text)
{
	share_put(share, as, s, SHARE_DATA, text, strlen(text), &now);
}

static void test_stream(void)
{
	struct share *share = share_new(SHARE_RING_LEAST, NULL, 0);
	struct source s = {.ops = &one_writer, .origin = &origin};
	struct source u = {.ops = &many_writers, .origin = &origin, .frame = FRAME_PICKLE};
	struct share_origin *as = NULL, *as_too = NULL;
	struct peer p;
	share_put(share, &as, &s, SHARE_RESET, NULL, 0, &now);
	ok(as == NULL, "who has brought nothing is not announced");
	put(share, &as, &s, "one\ntwo\nhal");
	peer_greet(&p, share, 0, 0);
	struct share_welcome w = peer_welcome(&p);
	ok(memcmp(w.magic, SHARING_MAGIC, sizeof(w.magic)) == 0 && w.pid == getpid() &&
			!w.resumed && w.rank == 0 && w.epochs == 1 && w.sequence == 1 &&
			w.records == 0 && w.origins == 1,
		"the welcome");
	ok(peer_gets_text(&p, SHARE_ORIGIN, label) && p.head.sequence == 0, "who is there");
	ok(peer_gets_text(&p, SHARE_ORIGIN, label) && p.head.sequence == 1, "the history");
	ok(peer_gets_text(&p, SHARE_DATA, "one\ntwo\nhal") && p.head.lines == 2 &&
			p.head.sequence == 2 && p.head.flags == 0 &&
			p.head.arrived == 2000,
		"its lines, and when they came");
	ok(peer_gets(&p, SHARE_LIVE), "the end of the history");
	put(share, &as, &s, "f\n");
	ok(peer_gets_text(&p, SHARE_DATA, "f\n") && p.head.flags == SHARE_MID_LINE &&
			p.head.records == 2 && p.head.index == 2,
		"what goes on in a line says so");
	share_put(share, &as_too, &u, SHARE_FRAME, "a\nb", 3, &now);
	ok(peer_gets_text(&p, SHARE_ORIGIN, label) && p.head.flags == SHARE_MANY, "another");
	ok(peer_gets_text(&p, SHARE_FRAME, "a\nb") && p.head.lines == 1 &&
			p.head.frame == FRAME_PICKLE,
		"a message is one record");
	u.dropped = 5;
	share_put(share, &as_too, &u, SHARE_FRAME, "c", 1, &now);
	ok(peer_gets(&p, SHARE_LOSS) && p.payload.len == 8 && p.payload.ptr[0] == 5,
		"what the kernel threw away");
	ok(peer_gets_text(&p, SHARE_FRAME, "c"), "before what came behind it");
	share_end(share, &as, &now);
	ok(as == NULL && peer_gets(&p, SHARE_END), "an end");
	put(share, &as, &s, "x");
	ok(peer_gets(&p, SHARE_ORIGIN) && peer_gets_text(&p, SHARE_DATA, "x"),
		"the same label anew is another origin");
	close(p.fd);
	share_close(share);
	share_free(share);
	buf_free(&p.payload);
}

static void test_long(void)
{
	struct share *share = share_new(SHARE_RING_LEAST, NULL, 0);
	struct source s = {.ops = &one_writer, .origin = &origin};
	struct share_origin *as = NULL;
	char *big = xmalloc(200001);
	struct peer p;
	peer_greet(&p, share, 0, 0);
	peer_next(&p);
	memset(big, 'x', 200000);
	big[99] = big[199999] = '\n';
	share_put(share, &as, &s, SHARE_DATA, big, 200000, &now);
	ok(peer_gets(&p, SHARE_LIVE) && peer_gets(&p, SHARE_ORIGIN), "one comes");
	ok(peer_gets(&p, SHARE_DATA) && p.head.size == 100 && p.head.flags == 0 &&
			p.head.lines == 1,
		"much is cut behind a line");
	ok(peer_gets(&p, SHARE_DATA) && p.head.size == 32768 && p.head.flags == 0 &&
			p.head.lines == 0 && peer_gets(&p, SHARE_DATA) &&
			p.head.flags == SHARE_MID_LINE,
		"and inside of a long one");
	while (p.head.lines == 0 && peer_next(&p))
		;
	share_put(share, &as, &s, SHARE_FRAME, big, 100000, &now);
	ok(peer_gets(&p, SHARE_LOSS) && p.payload.ptr[0] == 1,
		"a message that is too long is said to be lost");
	peer_free(&p);
	share_close(share);
	share_free(share);
	free(big);
}

/* What a peer gets until the line LAST: its lines, and what it is told to have lost. */
struct sum {
	uint64_t lines, lost, lists;
	bool in_order;
};

static struct sum sum_up(struct peer *p, const char *last)
{
	struct sum sum = {.in_order = true};
	uint64_t sequence = 0;
	while (peer_next(p)) {
		if (p->head.kind == SHARE_LOST) {
			struct share_lost lost;
			memcpy(&lost, p->payload.ptr, sizeof(lost));
			sum.lost += lost.records;
			sum.lists += lost.origins;
			continue;
		}
		if (p->head.sequence == 0)
			continue;
		sum.in_order &= p->head.sequence > sequence;
		sequence = p->head.sequence;
		sum.lines += p->head.lines;
		if (p->payload.len == strlen(last) &&
			memcmp(p->payload.ptr, last, p->payload.len) == 0)
			return sum;
	}
	sum.in_order = false;
	return sum;
}

static void test_slow(void)
{
	struct share *share = share_new(SHARE_RING_LEAST, NULL, 0);
	struct source s = {.ops = &one_writer, .origin = &origin};
	struct share_origin *as = NULL;
	struct peer fast, slow;
	char text[2000];
	memset(text, 'x', sizeof(text));
	peer_greet(&slow, share, 0, 0);
	peer_greet(&fast, share, 0, 0);
	peer_welcome(&slow);
	ok(peer_welcome(&fast).rank == 1, "the second one has rank 1");
	uint64_t got = 0;
	for (int i = 0; i < 3000; i++) {
		text[1999] = '\n';
		share_put(share, &as, &s, SHARE_DATA, text, sizeof(text), &now);
		while (got <= (uint64_t)i && peer_next(&fast))
			got += fast.head.kind == SHARE_DATA;
		if (fast.head.kind != SHARE_DATA)
			break;
	}
	ok(got == 3000, "one gets everything while the other stands still");
	put(share, &as, &s, "last\n");
	struct sum sum = sum_up(&slow, "last\n");
	ok(sum.in_order && sum.lost > 0 && sum.lines + sum.lost == 3001,
		"what that one has lost is told exactly");
	ok(sum.lists == 1, "and who is there");
	ok(peer_gets_text(&fast, SHARE_DATA, "last\n"), "the other one has lost nothing");
	close(slow.fd);
	for (bool told = false; !told && peer_next(&fast);)
		told = fast.head.kind == SHARE_RANK && fast.payload.ptr[0] == 0;
	ok(fast.head.kind == SHARE_RANK, "who is left moves up");
	slow.fd = -1;
	peer_free(&fast);
	buf_free(&slow.payload);
	share_close(share);
	share_free(share);
}

/* Gives what P gets on to another share, as the source attach does, until LAST. */
static void replicate(struct peer *p, struct share *to, const char *last)
{
	const struct sharing *sharing = share_sharing(to);
	while (peer_next(p)) {
		if (p->head.kind == SHARE_WELCOME) {
			struct share_welcome w;
			memcpy(&w, p->payload.ptr, sizeof(w));
			sharing->begin(sharing->context, &w);
		} else if (p->head.kind < SHARE_NUMBERED) {
			sharing->replicate(sharing->context, &p->head, p->payload.ptr);
		}
		if (p->head.kind == SHARE_DATA && p->payload.len == strlen(last) &&
			memcmp(p->payload.ptr, last, p->payload.len) == 0)
			return;
	}
}

static void test_resume(void)
{
	struct share *first = share_new(SHARE_RING_LEAST, NULL, 0);
	struct share *heir = share_new(SHARE_RING_LEAST, NULL, 0);
	struct source s = {.ops = &one_writer, .origin = &origin};
	struct share_origin *as = NULL, *as_heir = NULL;
	struct peer a, b, c;
	peer_greet(&a, first, 0, 0);
	peer_greet(&b, first, 0, 0);
	uint64_t epoch = peer_welcome(&b).chain[0].id;
	put(first, &as, &s, "one\n");
	put(first, &as, &s, "two\n");
	put(first, &as, &s, "three\n");
	replicate(&a, heir, "two\n"); /* it is behind when the first one ends */
	sum_up(&b, "three\n");
	uint64_t next = b.head.sequence + 1;
	share_sharing(heir)->take_over(share_sharing(heir)->context);
	put(heir, &as_heir, &s, "four\n");

	peer_greet(&c, heir, epoch, next - 2); /* has had "one" only */
	struct share_welcome w = peer_welcome(&c);
	ok(w.resumed && w.epochs == 2 && w.chain[0].id == epoch && w.sequence == next - 2 &&
			w.records == 1 && w.origins == 2,
		"one that is behind goes on where it was");
	ok(peer_gets(&c, SHARE_ORIGIN) && peer_gets(&c, SHARE_ORIGIN), "who is there");
	ok(peer_gets_text(&c, SHARE_DATA, "two\n"), "what it had not");
	ok(peer_gets(&c, SHARE_END), "what lived at the first one has ended");
	ok(peer_gets_text(&c, SHARE_ORIGIN, label) && c.head.origin >> 32 == 1, "what is new");
	ok(peer_gets_text(&c, SHARE_DATA, "four\n"), "its lines");
	peer_free(&c);

	peer_greet(&c, heir, epoch, next); /* has had "three", which the heir has not */
	w = peer_welcome(&c);
	ok(w.resumed && w.sequence == next - 1 && w.chain[1].first == next - 1,
		"one that is ahead goes on where the heir took over");
	sum_up(&c, "four\n");
	peer_free(&c);

	peer_greet(&c, heir, 12345, 9);
	w = peer_welcome(&c);
	ok(!w.resumed && w.sequence == 1, "one from elsewhere gets everything");
	peer_free(&c);
	peer_free(&a);
	peer_free(&b);
	share_close(first);
	share_close(heir);
	share_free(first);
	share_free(heir);
}

static void test_hello(void)
{
	struct share *share = share_new(SHARE_RING_LEAST, NULL, 0);
	static const struct {
		const char *hello, *want;
	} rows[] = {
		{SHARING_MAGIC "2 0 0\n", "it is another version of mplog"},
		{SHARING_MAGIC "1 0\n", "this is no hello"},
		{SHARING_MAGIC "1 0 g\n", "this is no hello"},
		{SHARING_MAGIC "1 0 0", "this is no hello"},
		{SHARING_MAGIC "1 00000000000000001 0\n", "this is no hello"},
		{SHARING_MAGIC, "this is no hello"},
		{"GET / HTTP/1.0\n", "this is no hello"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int fds[2];
		struct peer p = {0};
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
			abort();
		p.fd = fds[0];
		share_greet(share, fds[1], str_from(rows[i].hello));
		ok(peer_gets_text(&p, SHARE_REFUSED, rows[i].want) && !peer_next(&p),
			"refused, hello %zu", i);
		peer_free(&p);
	}
	struct peer p;
	peer_greet(&p, NULL, 0, 0);
	ok(peer_gets(&p, SHARE_REFUSED) && !peer_next(&p), "where nothing is shared");
	peer_free(&p);
	share_free(share);
}

/*
 * The other side: what an attached mplog reads.
 */
static struct attach_link *link_of(struct source_options *o)
{
	*o = (struct source_options){.origins = origins_new(), .notices = notices_new()};
	return attach_link_new(o);
}

static uint64_t link_put(struct attach_link *l, enum share_kind kind, uint32_t index,
	unsigned flags, const char *text)
{
	struct share_head head = {.kind = (uint8_t)kind, .origin = 1, .index = index,
		.flags = (uint8_t)flags, .size = (uint32_t)strlen(text), .arrived = 8};
	return attach_link_put(l, &head, text);
}

static bool reads(struct source *s, enum read_state want, const char *text)
{
	char buf[100];
	size_t len = 0;
	return s->ops->read(s, buf, sizeof(buf), &len) == want &&
	       (text == NULL || (len == strlen(text) && memcmp(buf, text, len) == 0));
}

static void test_link(void)
{
	struct source_options o;
	struct attach_link *l = link_of(&o);
	const struct share_head head = {.kind = SHARE_ORIGIN, .origin = 1, .size = 3};
	struct source *s = attach_link_origin(l, &head, "abc", true);
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	ok(strcmp(s->origin->label, "abc") == 0 && s->live && s->replays, "a source");
	ok(attach_link_origin(l, &head, "abc", true) == NULL, "one for each");
	ok(reads(s, READ_AGAIN, NULL) && poll(&p, 1, 0) == 0, "nothing yet");
	ok(link_put(l, SHARE_DATA, 4, SHARE_MID_LINE, "rest\nwhole\n") == 1 &&
			poll(&p, 1, 0) == 1,
		"who comes late gets no half line");
	ok(reads(s, READ_DATA, "whole\n") && s->arrived == 8,
		"and when it came");
	link_put(l, SHARE_DATA, 5, 0, "a");
	link_put(l, SHARE_DATA, 6, SHARE_MID_LINE, "b\n");
	ok(reads(s, READ_DATA, "a") && reads(s, READ_DATA, "b\n"), "a line in two");
	ok(link_put(l, SHARE_DATA, 9, SHARE_MID_LINE, "c") == 0 &&
			link_put(l, SHARE_DATA, 10, SHARE_MID_LINE, "d\ne\n") == 1,
		"what is left out where some are missing");
	ok(reads(s, READ_RESET, NULL) && reads(s, READ_DATA, "e\n"), "is not joined");
	link_put(l, SHARE_FRAME, 11, 0, "message");
	attach_link_live(l);
	link_put(l, SHARE_DATA, 12, 0, "live\n");
	char small[3];
	size_t len = 0;
	ok(s->ops->read(s, small, sizeof(small), &len) == READ_ROOM && len == 7,
		"a message needs room");
	ok(reads(s, READ_FRAME, "message") && s->replays, "and comes whole");
	ok(reads(s, READ_AGAIN, NULL) && !s->replays, "the end of the history");
	ok(reads(s, READ_DATA, "live\n"), "what comes live");
	attach_link_begin_list(l);
	ok(attach_link_origin(l, &head, "abc", false) == NULL, "it is listed");
	link_put(l, SHARE_END, 13, 0, "");
	link_put(l, SHARE_DATA, 14, 0, "never\n");
	ok(reads(s, READ_EOF, NULL), "an end");
	ok(link_put(l, SHARE_DATA, 1, 0, "x\n") == 0, "of one that is not known");
	source_close(s);
	attach_link_drop(l);
	notices_free(o.notices);
	origins_free(o.origins);
}

/*
 * What comes from a listening mplog, and with any byte of it changed.
 */
static void put_bytes(struct buf *b, struct share_head head, const void *payload, size_t size)
{
	head.size = (uint32_t)size;
	buf_put(b, (const char *)&head, sizeof(head));
	buf_put(b, payload, size);
}

static void record_stream(struct buf *b)
{
	struct share_welcome w;
	struct share_lost lost = {.records = 3, .origins = 1};
	const uint64_t loss = 4;
	memset(&w, 0, sizeof(w));
	memcpy(w.magic, SHARING_MAGIC, sizeof(w.magic));
	w.pid = 1;
	w.origins = 2;
	w.sequence = 5;
	w.epochs = 1;
	w.chain[0] = (struct share_epoch){9, 1};
	put_bytes(b, (struct share_head){.kind = SHARE_WELCOME}, &w, sizeof(w));
	put_bytes(b, (struct share_head){.kind = SHARE_ORIGIN, .origin = 1}, "abc", 3);
	put_bytes(b, (struct share_head){.kind = SHARE_ORIGIN, .origin = 2,
		.flags = SHARE_MANY}, "udp", 3);
	put_bytes(b, (struct share_head){.kind = SHARE_DATA, .origin = 1, .sequence = 5,
		.index = 1, .lines = 1}, "one\ntw", 6);
	put_bytes(b, (struct share_head){.kind = SHARE_DATA, .origin = 1, .sequence = 6,
		.index = 2, .lines = 1, .records = 1, .flags = SHARE_MID_LINE}, "o\n", 2);
	put_bytes(b, (struct share_head){.kind = SHARE_ORIGIN, .origin = 2, .sequence = 7,
		.records = 2, .flags = SHARE_MANY}, "udp", 3);
	put_bytes(b, (struct share_head){.kind = SHARE_FRAME, .origin = 2, .sequence = 8,
		.index = 1, .lines = 1, .records = 2, .frame = FRAME_PICKLE}, "frame", 5);
	put_bytes(b, (struct share_head){.kind = SHARE_LOSS, .origin = 2, .sequence = 9,
		.index = 2, .records = 3}, &loss, sizeof(loss));
	put_bytes(b, (struct share_head){.kind = SHARE_LOST}, &lost, sizeof(lost));
	put_bytes(b, (struct share_head){.kind = SHARE_ORIGIN, .origin = 2}, "udp", 3);
	put_bytes(b, (struct share_head){.kind = SHARE_RESET, .origin = 2, .sequence = 12,
		.index = 5, .records = 6}, "", 0);
	put_bytes(b, (struct share_head){.kind = SHARE_END, .origin = 2, .sequence = 13,
		.index = 6, .records = 6}, "", 0);
	put_bytes(b, (struct share_head){.kind = SHARE_LIVE}, "", 0);
}

/* Reads S to its end for now; appends what came. */
static void read_all(struct source *s, struct buf *got)
{
	char *room = xmalloc(1 << 20);
	enum read_state state = READ_DATA;
	size_t len = 0;
	for (int i = 0; i < 100 && state != READ_EOF; i++) {
		state = s->ops->read(s, room, 1 << 20, &len);
		if (state == READ_DATA || state == READ_FRAME)
			buf_put(got, room, len);
	}
	free(room);
}

struct server {
	int fd;
	struct buf bytes;
};

static void *serve(void *argument)
{
	struct server *server = argument;
	char hello[SHARING_HELLO_MAX];
	int fd = accept(server->fd, NULL, NULL);
	ssize_t ignored = recv(fd, hello, sizeof(hello), 0);
	ignored = send(fd, server->bytes.ptr, server->bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)ignored;
	close(fd);
	return NULL;
}

/* What an attached mplog makes of what the server sends: all that its sources give. */
static void attach_once(struct server *server, const char *path, struct buf *got)
{
	struct source_options o = {.origins = origins_new(), .notices = notices_new()};
	struct source *s, *next;
	pthread_t thread;
	struct err err;
	pthread_create(&thread, NULL, serve, server);
	struct source *list = source_attach.open(path, NULL, &o, &err);
	pthread_join(thread, NULL);
	for (int i = 0; list != NULL && i < 50 && (s = list->ops->accept(list)) != NULL; i++) {
		s->next = list->next;
		list->next = s;
	}
	for (s = list; s != NULL; s = next) {
		next = s->next;
		if (s->ops->read != NULL)
			read_all(s, got);
		source_close(s);
	}
	notices_free(o.notices);
	origins_free(o.origins);
}

static void test_broken(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct server server = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	struct buf got = {0};
	struct rng rng = {11};
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/t_share-%d.sock", (int)getpid());
	if (bind(server.fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(server.fd, 1) != 0)
		abort();
	record_stream(&server.bytes);
	attach_once(&server, address.sun_path, &got);
	ok(got.len == 13 && memcmp(got.ptr, "one\ntwo\nframe", 13) == 0,
		"what is sent is what the sources give");
	for (size_t i = 0; i < server.bytes.len; i++) {
		char before = server.bytes.ptr[i];
		server.bytes.ptr[i] = (char)(before ^ 1 << rng_below(&rng, 8));
		got.len = 0;
		attach_once(&server, address.sun_path, &got);
		server.bytes.ptr[i] = before;
	}
	ok(true, "any byte of it may be another");
	for (size_t len = server.bytes.len; len-- > 0;) {
		server.bytes.len = len;
		got.len = 0;
		attach_once(&server, address.sun_path, &got);
	}
	ok(true, "and it may end anywhere");
	unlink(address.sun_path);
	close(server.fd);
	buf_free(&server.bytes);
	buf_free(&got);
}

int main(void)
{
	test_broken();
	test_ring();
	test_stream();
	test_long();
	test_slow();
	test_resume();
	test_hello();
	test_link();
	return done_testing();
}
