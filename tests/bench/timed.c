/*
 * timed: runs one program and writes what it took, as JSON, to the file REPORT.
 *
 *	timed [-n TIMES] REPORT COMMAND [ARGUMENT...]
 *
 * A launcher of its own because the peak memory of a child counts that of the process that
 * forked it: python3 alone would hide a program of 5 MB. -n runs the command TIMES times and
 * reports the median and the least wall time.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define TIMES_MAX 1000

extern char **environ;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double walls[TIMES_MAX];
	int times = 1, first = 1, status = 0;
	struct rusage usage = {0};
	FILE *out;

	if (argc > 3 && strcmp(argv[1], "-n") == 0) {
		times = atoi(argv[2]);
		first = 3;
	}
	if (first + 1 >= argc || times < 1 || times > TIMES_MAX) {
		fputs("usage: timed [-n TIMES] REPORT COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	out = fopen(argv[first++], "we");
	if (!out) {
		perror(argv[first - 1]);
		return 2;
	}
	for (int i = 0; i < times; i++) {
		double begin = now();
		pid_t pid;

		errno = posix_spawnp(&pid, argv[first], NULL, NULL, argv + first, environ);
		if (errno) {
			perror(argv[first]);
			return 127;
		}
		while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
			continue;
		walls[i] = now() - begin;
	}
	qsort(walls, (size_t)times, sizeof(walls[0]), compare);
	fprintf(out,
		"{\"wall\": %.6f, \"median\": %.6f, \"user\": %.6f, \"sys\": %.6f, "
		"\"rss_kib\": %ld, \"status\": %d}\n",
		walls[0], walls[times / 2], seconds(usage.ru_utime), seconds(usage.ru_stime),
		usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return fclose(out) ? 1 : 0;
}
