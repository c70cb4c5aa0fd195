/*
 * holder: which process has a port, as far as /proc tells this user. Best effort, for an
 * error message.
 */
#ifndef SOURCES_HOLDER_H
#define SOURCES_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes "PID 1234, python3" to TEXT; false if it can't be known. KIND: "tcp" or "udp" */
bool holder_find(const char *kind, uint16_t port, char *text, size_t size);

#endif
