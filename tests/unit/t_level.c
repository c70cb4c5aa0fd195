/* Levels: everybody's words on one scale. */
#include "core/level.h"
#include "tap.h"

struct word {
	const char *word;
	enum level level;
	int number;
};

static const struct word words[] = {
	{"TRACE", LEVEL_TRACE, 5}, {"trace", LEVEL_TRACE, 5}, {"trce", LEVEL_TRACE, 5},
	{"TRAC", LEVEL_TRACE, 5}, {"TRC", LEVEL_TRACE, 5}, {"FINEST", LEVEL_TRACE, 5},
	{"FINER", LEVEL_TRACE, 5}, {"silly", LEVEL_TRACE, 5}, {"Verbose", LEVEL_TRACE, 5},
	{"verbose", LEVEL_DEBUG, 10}, {"VRB", LEVEL_TRACE, 5}, {"DEBUG", LEVEL_DEBUG, 10},
	{"Debug", LEVEL_DEBUG, 10}, {"dbug", LEVEL_DEBUG, 10}, {"DEBU", LEVEL_DEBUG, 10},
	{"DBG", LEVEL_DEBUG, 10}, {"debug5", LEVEL_DEBUG, 10}, {"D1", LEVEL_DEBUG, 10},
	{"http", LEVEL_DEBUG, 10}, {"FINE", LEVEL_DEBUG, 10}, {"INFO", LEVEL_INFO, 20},
	{"info", LEVEL_INFO, 20}, {"INF", LEVEL_INFO, 20}, {"Information", LEVEL_INFO, 20},
	{"INFORMATIONAL", LEVEL_INFO, 20}, {"LOG", LEVEL_INFO, 20}, {"CONFIG", LEVEL_INFO, 20},
	{"Note", LEVEL_INFO, 20}, {"System", LEVEL_INFO, 20}, {"SUCCESS", LEVEL_SUCCESS, 25},
	{"NOTICE", LEVEL_NOTICE, 25}, {"WARNING", LEVEL_WARNING, 30},
	{"warn", LEVEL_WARNING, 30}, {"WRN", LEVEL_WARNING, 30},
	{"Deprecated", LEVEL_WARNING, 30}, {"ERROR", LEVEL_ERROR, 40},
	{"error", LEVEL_ERROR, 40}, {"ERRO", LEVEL_ERROR, 40}, {"err", LEVEL_ERROR, 40},
	{"fail", LEVEL_ERROR, 40}, {"SEVERE", LEVEL_ERROR, 40},
	{"CRITICAL", LEVEL_CRITICAL, 50}, {"critical", LEVEL_CRITICAL, 50},
	{"crit", LEVEL_CRITICAL, 50}, {"FATAL", LEVEL_CRITICAL, 50},
	{"Fatal error", LEVEL_CRITICAL, 50}, {"FTL", LEVEL_CRITICAL, 50},
	{"FATA", LEVEL_CRITICAL, 50}, {"panic", LEVEL_CRITICAL, 50},
	{"DPANIC", LEVEL_CRITICAL, 50}, {"PANI", LEVEL_CRITICAL, 50},
	{"PNC", LEVEL_CRITICAL, 50}, {"assert", LEVEL_CRITICAL, 50},
	{"ALERT", LEVEL_ALERT, 60}, {"EMERGENCY", LEVEL_EMERGENCY, 70},
	{"emerg", LEVEL_EMERGENCY, 70}, {"T", LEVEL_TRACE, 5}, {"V", LEVEL_TRACE, 5},
	{"D", LEVEL_DEBUG, 10}, {"I", LEVEL_INFO, 20}, {"N", LEVEL_NOTICE, 25},
	{"S", LEVEL_SUCCESS, 25}, {"W", LEVEL_WARNING, 30}, {"E", LEVEL_ERROR, 40},
	{"C", LEVEL_CRITICAL, 50}, {"F", LEVEL_CRITICAL, 50}, {"Level 37", LEVEL_WARNING, 37},
	{"Level 15", LEVEL_DEBUG, 15}, {"Level 5", LEVEL_TRACE, 5},
	{"Level 25", LEVEL_SUCCESS, 25}, {"Lvl 41", LEVEL_ERROR, 41},
	{"Level 99999", LEVEL_EMERGENCY, 255}, {"INFO+2", LEVEL_INFO, 20},
	{"DEBUG-4", LEVEL_TRACE, 5}, {"DEBUG+1", LEVEL_DEBUG, 10},
	{"INFO+4", LEVEL_WARNING, 30}, {"WARN-4", LEVEL_INFO, 20},
	{"ERROR+3", LEVEL_ERROR, 40}, {"ERROR+4", LEVEL_CRITICAL, 50},
};

static const char *const others[] = {"", "t", "d", "i", "w", "e", "c", "X", "AUDIT", "INFO ",
	" INFO", "INFOS", "IN", "WARNINGS", "Level", "Level ", "Level x", "Level 3 x", "Level37",
	"info+", "INFO+x", "FOO+2", "INFO+99999999999999999999", "ERRORS", "information!",
	"\x01\x02", "debug6", "DD", "a much longer text than any word"};

int main(void)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct severity s = {99, 99};
		bool good = level_from_word(str_from(words[i].word), &s);
		ok(good && s.level == words[i].level && s.number == words[i].number,
			"'%s' is %s %d (got %d %d)", words[i].word, level_name(words[i].level),
			words[i].number, s.level, s.number);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct severity s = {99, 99};
		ok(!level_from_word(str_from(others[i]), &s) && s.level == 99, "'%s' is none",
			others[i]);
	}
	for (enum level l = LEVEL_TRACE; l < LEVEL_COUNT; l++) {
		struct severity s = {0, 0};
		ok(level_from_word(str_from(level_name(l)), &s) && s.level == l &&
				s.number == level_number(l),
			"%s reads back", level_name(l));
	}
	struct severity s = level_from_number(0);
	ok(s.level == LEVEL_UNKNOWN && s.number == 0, "0 is unknown");
	s = level_from_number(-1);
	ok(s.level == LEVEL_UNKNOWN && s.number == 0, "so is -1");
	s = level_from_number(1);
	ok(s.level == LEVEL_TRACE && s.number == 1, "1 is the lowest");
	s = level_from_number(39);
	ok(s.level == LEVEL_WARNING && s.number == 39, "39 is below ERROR");
	s = level_from_number(INT64_MAX);
	ok(s.level == LEVEL_EMERGENCY && s.number == 255, "the largest number");
	ok(level_letter(LEVEL_EMERGENCY) == 'M' && level_letter(LEVEL_UNKNOWN) == '-' &&
			level_letter(LEVEL_NOTICE) == 'N',
		"letters");
	return done_testing();
}
