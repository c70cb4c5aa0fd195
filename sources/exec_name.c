/*
 * exec_name: the program, or, behind an interpreter, what that is to run.
 */
#include "sources/exec_name.h"

#include <stdbool.h>
#include <string.h>

#include "core/str.h"

#define WORDS_MAX 64 /* of a command that are looked at */

/* Words before the program itself, and programs that run others. */
static const char *const openers[] = {"env", "exec", "nice", "nohup", "setsid", "stdbuf",
	"sudo", "time", "uv", "run", "poetry", "npx"};
static const char *const keywords[] = {
	"while", "until", "for", "if", "case", "set", "cd", "trap", "export", "umask"};
static const char *const interpreters[] = {
	"python", "pypy", "node", "ruby", "perl", "sh", "bash", "dash", "zsh", "php", "deno"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

void exec_shell(const char *line, char *argv[4])
{
	static char shell[] = "/bin/sh", option[] = "-c";
	argv[0] = shell;
	argv[1] = option;
	memcpy(&argv[2], &line, sizeof(line)); /* exec takes them as char *, and only reads */
	argv[3] = NULL;
}

static struct str last_part(struct str path)
{
	for (size_t i = path.len; i > 0; i--) {
		if (path.ptr[i - 1] == '/' && i < path.len)
			return str_skip(path, i);
	}
	return path;
}

static bool is_one_of(struct str word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_is(word, list[i]))
			return true;
	}
	return false;
}

/* python, python3, python3.11 */
static bool is_interpreter(struct str word)
{
	while (word.len > 1 && strchr("0123456789.", word.ptr[word.len - 1]) != NULL)
		word.len--;
	return is_one_of(word, interpreters, COUNT(interpreters));
}

static size_t split_words(char *const *argv, struct str words[WORDS_MAX])
{
	size_t n = 0;
	bool shell = str_is(str_from(argv[0]), "/bin/sh") && argv[1] != NULL &&
		     str_is(str_from(argv[1]), "-c") && argv[2] != NULL;
	if (!shell) {
		for (; argv[n] != NULL && n < WORDS_MAX; n++)
			words[n] = str_from(argv[n]);
		return n;
	}
	for (const char *c = argv[2]; *c != '\0' && n < WORDS_MAX;) {
		c += strspn(c, " \t\n;&|(){}<>\"'");
		size_t len = strcspn(c, " \t\n;&|(){}<>\"'");
		if (len > 0)
			words[n++] = str_make(c, len);
		c += len;
	}
	return n;
}

/* Without the ending that says what language it is in. */
static struct str without_ending(struct str word)
{
	static const char *const endings[] = {
		".py", ".pyz", ".js", ".mjs", ".ts", ".rb", ".pl", ".sh", ".php", ".jar"};
	for (size_t i = 0; i < COUNT(endings); i++) {
		size_t n = strlen(endings[i]);
		if (word.len > n && str_is(str_skip(word, word.len - n), endings[i]))
			word.len -= n;
	}
	return word;
}

/* What the interpreter WORDS[0] runs; the interpreter, if that is in its options. */
static struct str find_script(const struct str *words, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (str_is(words[i], "-c") || str_is(words[i], "-e"))
			break;
		if (words[i].ptr[0] != '-')
			return words[i];
	}
	return words[0];
}

void exec_name(char *const *argv, char name[EXEC_NAME_MAX])
{
	struct str words[WORDS_MAX];
	size_t n = split_words(argv, words), first = 0;
	struct str word = STR("command");
	while (first + 1 < n &&
		(is_one_of(last_part(words[first]), openers, COUNT(openers)) ||
			memchr(words[first].ptr, '=', words[first].len) != NULL ||
			words[first].ptr[0] == '-'))
		first++;
	if (first < n) {
		word = last_part(words[first]);
		if (is_one_of(word, keywords, COUNT(keywords)))
			word = str_from("sh");
		else if (is_interpreter(word))
			word = find_script(words + first, n - first);
		word = without_ending(last_part(word));
	}
	if (word.len > EXEC_NAME_MAX - 1)
		word.len = EXEC_NAME_MAX - 1;
	memcpy(name, word.ptr, word.len);
	name[word.len] = '\0';
}
