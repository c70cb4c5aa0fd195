/*
 * ingest: sends records that were made before, as fast as they are taken or at a rate.
 *
 *	ingest tcp PORT CONNECTIONS FILE	over so many connections, dealt in turn
 *	ingest udp PORT RATE FILE		a datagram each, RATE a second; 0: all at once
 *
 * FILE holds records, each behind its length in 4 bytes, little-endian. A connection gets
 * pieces of about 64 KiB, which end with a record. Prints how many records were sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024
#define PIECE_BYTES 65536
#define RECORD_MAX 65536
#define BURST 16 /* datagrams between two looks at the clock */
#define SECOND_NS 1000000000

struct records {
	const unsigned char *at, *end;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct records open_records(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const unsigned char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (bytes == MAP_FAILED)
		die(path);
	return (struct records){bytes, bytes + st.st_size};
}

static bool next(struct records *r, const unsigned char **record, size_t *len)
{
	uint32_t n;

	if (r->end - r->at < 4)
		return false;
	memcpy(&n, r->at, 4);
	*record = r->at + 4;
	*len = n;
	r->at += 4 + n;
	return n <= RECORD_MAX && r->at <= r->end;
}

static int connect_to(int type, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("ingest: connect");
	return fd;
}

static void send_all(int fd, const unsigned char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0)
			die("ingest: send");
		bytes += n;
		len -= (size_t)n;
	}
}

static long send_streams(struct records *r, int port, int connections)
{
	static unsigned char piece[PIECE_BYTES + RECORD_MAX];
	static int fds[CONNECTIONS_MAX];
	const unsigned char *record;
	size_t len, filled = 0;
	long count = 0;
	int turn = 0;

	for (int i = 0; i < connections; i++)
		fds[i] = connect_to(SOCK_STREAM, port);
	while (next(r, &record, &len)) {
		memcpy(piece + filled, record, len);
		filled += len;
		count++;
		if (filled < PIECE_BYTES)
			continue;
		send_all(fds[turn++ % connections], piece, filled);
		filled = 0;
	}
	send_all(fds[turn % connections], piece, filled);
	for (int i = 0; i < connections; i++)
		close(fds[i]);
	return count;
}

static void wait_for(int64_t ns, struct timespec begun)
{
	struct timespec t = {begun.tv_sec + (time_t)((begun.tv_nsec + ns) / SECOND_NS),
		(begun.tv_nsec + ns) % SECOND_NS};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static long send_datagrams(struct records *r, int port, long rate)
{
	int fd = connect_to(SOCK_DGRAM, port);
	const unsigned char *record;
	struct timespec begun;
	size_t len;
	long count = 0;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	while (next(r, &record, &len)) {
		if (rate && count % BURST == 0)
			wait_for(count * (int64_t)SECOND_NS / rate, begun);
		if (send(fd, record, len, 0) != (ssize_t)len)
			die("ingest: send");
		count++;
	}
	close(fd);
	return count;
}

int main(int argc, char **argv)
{
	struct records r;
	long number;

	if (argc != 5 || (number = atol(argv[3])) < 0 || number > 10000000) {
		fputs("usage: ingest tcp|udp PORT CONNECTIONS|RATE FILE\n", stderr);
		return 2;
	}
	r = open_records(argv[4]);
	if (strcmp(argv[1], "udp") == 0)
		printf("%ld\n", send_datagrams(&r, atoi(argv[2]), number));
	else if (number > 0 && number <= CONNECTIONS_MAX)
		printf("%ld\n", send_streams(&r, atoi(argv[2]), (int)number));
	else
		return 2;
	return 0;
}
