/*
 * exec_name: what a command is called when nobody said: "worker" for
 * python -u /srv/worker.py, "http.server" for python -m http.server, "nginx" for
 * /usr/sbin/nginx -g ...
 *
 *	char *argv[4], name[EXEC_NAME_MAX];
 *	exec_shell("python -u worker.py", argv);   // /bin/sh -c; borrows the line
 *	exec_name(argv, name);
 */
#ifndef SOURCES_EXEC_NAME_H
#define SOURCES_EXEC_NAME_H

#define EXEC_NAME_MAX 64

/* Makes ARGV have a shell run LINE. */
void exec_shell(const char *line, char *argv[4]);
/* A name for ARGV, which is read like a shell would if exec_shell has made it, but only
 * as far as words go. Never empty. */
void exec_name(char *const *argv, char name[EXEC_NAME_MAX]);

#endif
