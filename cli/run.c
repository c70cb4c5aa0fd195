/*
 * run: [NAME=]COMMAND ... ::: [NAME=]COMMAND ... A command of one word is a line for the
 * shell, one of several words is run as it is.
 */
#include "cli/run.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/say.h"
#include "core/mem.h"
#include "sources/exec_crew.h"
#include "sources/exec_name.h"

#define SEPARATOR ":::"
#define LOOK_EVERY_MS 50   /* whether they have ended, once they were asked to */
#define LINGER_MS 500      /* for what they have sent and we have not read */

/* One command of the command line. */
struct entry {
	char name[EXEC_NAME_MAX];
	char **argv;
};

struct run {
	struct crew_options how;
	struct entry entries[CREW_MAX];
	size_t count;
	struct crew *crew;
	int64_t over_at; /* monotonic ms: when it was seen to be over; 0: it was not */
};

/* For the signal handler. */
static struct crew *_Atomic signalled_crew;
static atomic_bool was_asked;

static void on_signal(int number)
{
	struct crew *crew = atomic_load(&signalled_crew);
	atomic_store(&was_asked, true);
	if (crew != NULL)
		crew_stop(crew, number);
}

/* Output waits for its reader until everybody has had the time to end. */
static bool is_running(void)
{
	struct crew *crew = atomic_load(&signalled_crew);
	return crew != NULL && !crew_over(crew);
}

static bool is_capital(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_name_char(char c)
{
	return is_capital(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
}

/* The bytes of the NAME in front of "=" in WORD, or 0. One in capitals is a variable that
 * the command is to be given, as in a shell: PORT=80 python app.py. */
static size_t name_length(const char *word)
{
	size_t n = 0;
	bool variable = true;
	for (; is_name_char(word[n]); n++)
		variable &= is_capital(word[n]);
	return word[n] == '=' && n > 0 && !variable ? n : 0;
}

static bool is_assignment(const char *word)
{
	size_t n = 0;
	while (is_capital(word[n]))
		n++;
	return n > 0 && word[n] == '=';
}

/* Whether a shell would take WORD as nothing but the name of a program. */
static bool is_plain(const char *word)
{
	for (; *word != '\0'; word++) {
		if (!is_name_char(*word) && strchr("/+,@:%", *word) == NULL)
			return false;
	}
	return true;
}

/* Makes C of N words, the first of which begins at FIRST: a name may have stood there. */
static void set_command(struct entry *c, const char *first, const char *const *words,
	size_t n)
{
	static const char env[] = "env";
	size_t at = 0;
	c->argv = xcalloc(n + 4, sizeof(*c->argv));
	if (n == 1 && !is_plain(first)) {
		exec_shell(first, c->argv);
	} else {
		if (is_assignment(first))
			memcpy(&c->argv[at++], &(const char *){env}, sizeof(char *));
		memcpy(&c->argv[at++], &first, sizeof(first));
		memcpy(&c->argv[at], words + 1, (n - 1) * sizeof(*words));
	}
	if (c->name[0] == '\0')
		exec_name(c->argv, c->name);
}

/* The command that the N words are; false if there is none. */
static bool parse_command(struct run *r, const char *const *words, size_t n)
{
	struct entry *c = &r->entries[r->count];
	size_t len = n > 0 ? name_length(words[0]) : 0;
	if (n == 0) {
		say("run: a command is missing beside '" SEPARATOR
		    "' (see mplog help run)");
		return false;
	}
	const char *first = words[0];
	if (len > 0) {
		memcpy(c->name, first, len < sizeof(c->name) ? len : sizeof(c->name) - 1);
		first += len + 1;
	}
	if (*first == '\0' && len > 0 && n > 1) {
		first = *++words;
		n--;
	}
	if (first[strspn(first, " \t\n")] == '\0') {
		say("run: '%s' names no command (see mplog help run)", words[0]);
		return false;
	}
	set_command(c, first, words, n);
	r->count++;
	return true;
}

static bool parse_words(struct run *r, const struct option_list *words)
{
	size_t first = 0;
	if (words->count == 0) {
		say("run what? name a command: mplog run 'python app.py' (see mplog help "
		    "run)");
		return false;
	}
	for (size_t i = 0; i <= words->count; i++) {
		if (i < words->count && strcmp(words->items[i], SEPARATOR) != 0)
			continue;
		if (r->count == CREW_MAX) {
			say("run: more than %d commands", CREW_MAX);
			return false;
		}
		if (!parse_command(r, words->items + first, i - first))
			return false;
		first = i + 1;
	}
	return true;
}

struct run *run_new(const struct options *o)
{
	struct run *r = xcalloc(1, sizeof(*r));
	r->how = (struct crew_options){
		.restart = o->restart ? CREW_FAILED : CREW_ONCE,
		.live = true,
		.records = true,
		.fail_fast = o->fail_fast,
		.terminal = o->pty,
		.doors = true,
	};
	if (parse_words(r, &o->words))
		return r;
	run_free(r);
	return NULL;
}

static struct source *open_crew(
	void *data, const struct source_options *options, struct err *err)
{
	struct run *r = data;
	r->crew = crew_new(options, &r->how);
	for (size_t i = 0; i < r->count; i++)
		crew_add(r->crew, r->entries[i].name, r->entries[i].argv);
	return crew_open(r->crew, err);
}

bool run_open(struct run *r, struct mux *mux, struct sink *sink, struct err *err)
{
	if (!mux_add_list(mux, open_crew, r, err))
		return false;
	atomic_store(&signalled_crew, r->crew);
	sink_share_signals(sink, on_signal, is_running);
	return true;
}

int run_timeout(const struct run *r)
{
	return r != NULL && atomic_load(&was_asked) ? LOOK_EVERY_MS : -1;
}

bool run_over(struct run *r)
{
	struct timespec ts;
	if (r == NULL || !atomic_load(&was_asked) || !crew_over(r->crew))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	int64_t now = ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (r->over_at == 0)
		r->over_at = now;
	return now - r->over_at >= LINGER_MS;
}

int run_status(const struct run *r)
{
	return r != NULL && r->crew != NULL ? crew_status(r->crew) : 0;
}

void run_free(struct run *r)
{
	if (r == NULL)
		return;
	atomic_store(&signalled_crew, NULL);
	crew_release(r->crew);
	for (size_t i = 0; i < CREW_MAX; i++)
		free(r->entries[i].argv);
	free(r);
}
