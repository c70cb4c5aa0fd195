/*
 * live: processes that log to FIFOs, and the judge of what came out.
 *
 *	live write [-j] RATE COUNT FIFO...    one process a FIFO, COUNT lines each
 *	live read WRITERS COUNT               the merged stream on stdin; JSON on stdout
 *
 * RATE is lines a second of all writers together, 0: as fast as it goes. A line is in
 * Loguru's layout with microseconds (-j: JSON) and says which writer, which number, and when
 * in ns. One write(2) a line, as Python does it.
 *
 * The reader ends when it has all WRITERS x COUNT lines, or after 5 s of silence. It counts
 * lost and doubled lines by their numbers, lines that came after a later one of another
 * writer or their own (by stamp), and the time from the stamp to their reading.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000
#define SILENCE_MS 5000
#define LINE_BYTES 512
#define BURST_NS 1000000 /* a writer sleeps once in this time, not before each line */
#define WRITERS_MAX 256

struct judge {
	unsigned writers;
	uint64_t count;
	uint8_t *seen;      /* [writer * count + number] */
	uint32_t *waits_us; /* of each line that came, in the order of coming */
	uint64_t come, twice, disorder, junk;
	int64_t newest_us, first_ns, last_ns;
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

static size_t make_line(char *line, bool json, unsigned writer, uint64_t number)
{
	int64_t ns = now_ns(CLOCK_REALTIME);
	time_t second = (time_t)(ns / SECOND_NS);
	int us = (int)(ns % SECOND_NS / 1000);
	char date[32], day[32];
	struct tm tm;

	gmtime_r(&second, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	strftime(date, sizeof(date), "%H:%M:%S", &tm);
	if (json)
		return (size_t)snprintf(line, LINE_BYTES,
			"{\"ts\":\"%sT%s.%06dZ\",\"level\":\"INFO\",\"logger\":\"live.w%u\","
			"\"msg\":\"seq=%u.%llu sent_ns=%lld one of many lines\"}\n",
			day, date, us, writer, writer, (unsigned long long)number,
			(long long)ns);
	return (size_t)snprintf(line, LINE_BYTES,
		"%s %s.%06d | INFO     | live.w%u:send:10 - seq=%u.%llu sent_ns=%lld "
		"one of many lines\n",
		day, date, us, writer, writer, (unsigned long long)number, (long long)ns);
}

static void sleep_until(int64_t ns)
{
	struct timespec t = {(time_t)(ns / SECOND_NS), ns % SECOND_NS};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* The process behind one FIFO. Each writer is a little behind the one before it. */
static int write_lines(
	const char *path, bool json, unsigned writer, uint64_t count, int64_t step_ns, int64_t begin)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	uint64_t burst = step_ns && step_ns < BURST_NS ? (uint64_t)(BURST_NS / step_ns) : 1;
	char line[LINE_BYTES];

	if (fd < 0) {
		perror(path);
		return 1;
	}
	prctl(PR_SET_TIMERSLACK, 1000UL);
	for (uint64_t i = 0; i < count; i++) {
		size_t len;

		if (step_ns && i % burst == 0)
			sleep_until(begin + (int64_t)i * step_ns);
		len = make_line(line, json, writer, i);
		if (write(fd, line, len) != (ssize_t)len) {
			perror("live: write");
			return 1;
		}
	}
	return 0;
}

static int write_all(bool json, uint64_t rate, uint64_t count, char **paths, unsigned n)
{
	int64_t step_ns = rate ? (int64_t)(n * (uint64_t)SECOND_NS / rate) : 0;
	int64_t begin = now_ns(CLOCK_MONOTONIC) + SECOND_NS / 10;
	int failed = 0, status;

	for (unsigned i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("live: fork");
			return 1;
		}
		if (pid == 0)
			_exit(write_lines(paths[i], json, i, count, step_ns, begin + i * step_ns / n));
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}

static void judge_line(struct judge *j, const char *line, int64_t read_ns)
{
	const char *at = strstr(line, "seq=");
	unsigned writer;
	unsigned long long number;
	long long sent_ns;
	uint8_t *seen;

	if (!at || sscanf(at, "seq=%u.%llu sent_ns=%lld one of many lines", &writer, &number,
			   &sent_ns) != 3 ||
		writer >= j->writers || number >= j->count) {
		j->junk++;
		return;
	}
	seen = &j->seen[writer * j->count + number];
	if (*seen) {
		j->twice++;
		return;
	}
	*seen = 1;
	j->waits_us[j->come++] = (uint32_t)((read_ns - sent_ns) / 1000);
	if (sent_ns / 1000 < j->newest_us)
		j->disorder++;
	else
		j->newest_us = sent_ns / 1000;
	if (!j->first_ns)
		j->first_ns = sent_ns;
	j->last_ns = read_ns;
}

/* Judges the whole lines of BUF and moves the rest to its front; how much that is. */
static size_t judge_lines(struct judge *j, char *buf, size_t len, int64_t read_ns)
{
	char *line = buf, *end = buf + len, *newline;

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
		*newline = '\0';
		judge_line(j, line, read_ns);
		line = newline + 1;
	}
	memmove(buf, line, (size_t)(end - line));
	return (size_t)(end - line);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double wait_ms(const struct judge *j, double part)
{
	if (!j->come)
		return 0;
	return j->waits_us[(uint64_t)((double)(j->come - 1) * part)] / 1000.0;
}

static void judge_tell(struct judge *j)
{
	qsort(j->waits_us, j->come, sizeof(j->waits_us[0]), compare);
	printf("{\"come\": %llu, \"lost\": %llu, \"twice\": %llu, \"disorder\": %llu, "
	       "\"junk\": %llu, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, "
	       "\"seconds\": %.6f}\n",
		(unsigned long long)j->come,
		(unsigned long long)(j->writers * j->count - j->come),
		(unsigned long long)j->twice, (unsigned long long)j->disorder,
		(unsigned long long)j->junk, wait_ms(j, 0.5), wait_ms(j, 0.99), wait_ms(j, 1),
		(double)(j->last_ns - j->first_ns) / SECOND_NS);
}

static int read_all(unsigned writers, uint64_t count)
{
	static char buf[1 << 20];
	struct judge j = {.writers = writers, .count = count};
	struct pollfd in = {.fd = 0, .events = POLLIN};
	size_t len = 0;

	j.seen = calloc(writers * count, 1);
	j.waits_us = calloc(writers * count, sizeof(j.waits_us[0]));
	if (!j.seen || !j.waits_us) {
		perror("live: calloc");
		return 1;
	}
	while (j.come < writers * count) {
		ssize_t n;

		/* Nothing at all yet: the writers may still be starting. */
		if (poll(&in, 1, j.come ? SILENCE_MS : 2 * SILENCE_MS) == 0)
			break;
		n = read(0, buf + len, sizeof(buf) - len);
		if (n <= 0)
			break;
		len = judge_lines(&j, buf, len + (size_t)n, now_ns(CLOCK_REALTIME));
	}
	judge_tell(&j);
	free(j.seen);
	free(j.waits_us);
	return 0;
}

static int usage(void)
{
	fputs("usage: live write [-j] RATE COUNT FIFO...\n"
	      "       live read WRITERS COUNT\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	bool json = argc > 2 && strcmp(argv[2], "-j") == 0;
	char **rest = argv + 2 + json;
	int n = argc - 2 - json;

	if (argc < 2 || n < 2)
		return usage();
	if (strcmp(argv[1], "write") == 0 && n > 2 && n - 2 <= WRITERS_MAX)
		return write_all(json, strtoull(rest[0], NULL, 10), strtoull(rest[1], NULL, 10),
			rest + 2, (unsigned)(n - 2));
	if (strcmp(argv[1], "read") == 0 && n == 2 && strtoul(rest[0], NULL, 10) <= WRITERS_MAX)
		return read_all((unsigned)strtoul(rest[0], NULL, 10), strtoull(rest[1], NULL, 10));
	return usage();
}
