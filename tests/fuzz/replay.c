/*
 * Runs a fuzz target once for each file in the arguments' folders, so that what was found
 * once stays found, with any compiler. Says "ok".
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay(const char *path)
{
	struct buf bytes = {0};
	size_t n = 0;
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return false;
	do {
		bytes.len += n;
		buf_reserve(&bytes, 65536);
		n = fread(bytes.ptr + bytes.len, 1, bytes.cap - bytes.len, file);
	} while (n > 0);
	fclose(file);
	/* Of just its size, so that a byte too far is found out. */
	uint8_t *data = xmalloc(bytes.len + 1);
	memcpy(data, bytes.ptr, bytes.len);
	data = xrealloc(data, bytes.len > 0 ? bytes.len : 1);
	LLVMFuzzerTestOneInput(data, bytes.len);
	free(data);
	buf_free(&bytes);
	return true;
}

int main(int argc, char **argv)
{
	char path[4096];
	unsigned count = 0;
	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		struct dirent *entry;
		while (folder != NULL && (entry = readdir(folder)) != NULL) {
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			if (entry->d_name[0] != '.' && replay(path))
				count++;
		}
		if (folder != NULL)
			closedir(folder);
	}
	printf("%sok 1 - %u inputs of %s\n", count > 0 ? "" : "not ", count, argv[argc - 1]);
	return count > 0 ? 0 : 1;
}
