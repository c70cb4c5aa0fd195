/*
 * holder: a port's socket inode from /proc/net, then the process that has it open.
 */
#include "sources/holder.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TCP_STATE_LISTEN 0x0A
#define PATH_BYTES 300

/* The inode of the socket that is bound to PORT in a table of /proc/net, or 0. */
static uint64_t find_inode(const char *table, bool tcp, uint16_t port)
{
	char path[PATH_BYTES], line[512];
	snprintf(path, sizeof(path), "/proc/net/%s", table);
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return 0;
	uint64_t found = 0;
	while (found == 0 && fgets(line, sizeof(line), f) != NULL) {
		unsigned local, state;
		uint64_t inode;
		if (sscanf(line,
			    " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s "
			    "%*u %*u %" SCNu64,
			    &local, &state, &inode) != 3)
			continue;
		if (local == port && (!tcp || state == TCP_STATE_LISTEN))
			found = inode;
	}
	fclose(f);
	return found;
}

static bool has_socket(const char *pid, uint64_t inode)
{
	char path[PATH_BYTES], want[64], link[64];
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	int want_len = snprintf(want, sizeof(want), "socket:[%" PRIu64 "]", inode);
	DIR *dir = opendir(path);
	if (dir == NULL)
		return false;
	bool found = false;
	const struct dirent *entry;
	while (!found && (entry = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link));
		found = n == want_len && memcmp(link, want, (size_t)n) == 0;
	}
	closedir(dir);
	return found;
}

static void describe(const char *pid, char *text, size_t size)
{
	char path[PATH_BYTES], name[64] = "";
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	FILE *f = fopen(path, "re");
	if (f != NULL) {
		if (fgets(name, sizeof(name), f) != NULL)
			name[strcspn(name, "\n")] = '\0';
		fclose(f);
	}
	snprintf(text, size, "PID %s%s%s", pid, name[0] != '\0' ? ", " : "", name);
}

bool holder_find(const char *kind, uint16_t port, char *text, size_t size)
{
	char table6[16];
	bool tcp = strcmp(kind, "tcp") == 0;
	snprintf(table6, sizeof(table6), "%s6", kind);
	uint64_t inode = find_inode(kind, tcp, port);
	if (inode == 0)
		inode = find_inode(table6, tcp, port);
	DIR *dir = inode != 0 ? opendir("/proc") : NULL;
	if (dir == NULL)
		return false;
	bool found = false;
	const struct dirent *entry;
	while (!found && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		found = has_socket(entry->d_name, inode);
		if (found)
			describe(entry->d_name, text, size);
	}
	closedir(dir);
	return found;
}
