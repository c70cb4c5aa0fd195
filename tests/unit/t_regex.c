/* core/regex.c and core/literal.c: matches, places, errors and bounds. */
#include <stdlib.h>
#include <time.h>

#include "core/literal.h"
#include "core/mem.h"
#include "core/regex.h"
#include "tap.h"

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_literal(const char *pattern, const char *want, bool first, bool whole)
{
	char bytes[256];
	struct literal l = literal_required(str_from(pattern), bytes);
	ok(l.len == strlen(want) && memcmp(bytes, want, l.len) == 0 && l.first == first &&
			l.whole == whole,
		"literal of %s is '%.*s' first %d whole %d", pattern, (int)l.len, bytes,
		l.first, l.whole);
}

static void test_literals(void)
{
	test_literal("timeout", "timeout", true, true);
	test_literal("", "", false, true);
	test_literal("a\\.b\\-c\\[d\\\\", "a.b-c[d\\", true, true);
	test_literal("a\\tb", "a\tb", true, true);
	test_literal("user \\d+ timeout", " timeout", false, false);
	test_literal("user=\\d+ x", "user=", true, false);
	test_literal("colou?r", "colo", true, false);
	test_literal("x*foo", "foo", false, false);
	test_literal("fo+bar", "bar", false, false);
	test_literal("foo+bar", "foo", true, false);
	test_literal("fo{2}bars", "bars", false, false);
	test_literal("fo{2,}?bars", "bars", false, false);
	test_literal("{\"level\":", "{\"level\":", true, true);
	test_literal("ab{,3}cde", "cde", false, false);
	test_literal("caf\xc3\xa9?x", "caf", true, false);
	test_literal("^abc$", "abc", false, false);
	test_literal("a.bc", "bc", false, false);
	test_literal("[abc]def", "def", false, false);
	test_literal("[]a]def", "def", false, false);
	test_literal("[^]a]def", "def", false, false);
	test_literal("[[:alpha:]]def", "def", false, false);
	test_literal("[\\]x]def", "def", false, false);
	test_literal("(a|b[)(]\\))def", "def", false, false);
	test_literal("(?:a|b)?def", "def", false, false);
	test_literal("(?<=xyz)de", "de", false, false);
	test_literal("(?<name>xyz)de", "de", false, false);
	test_literal("\\bde\\b", "de", false, false);
	test_literal("\\d{3}de", "de", false, false);
	test_literal("a++bc", "bc", false, false);
	test_literal("ERROR|CRITICAL", "", false, false);
	test_literal("(?i)abc", "", false, false);
	test_literal("abc(?i:d)", "", false, false);
	test_literal("(*ANYCRLF)abc", "", false, false);
	test_literal("abc\\x41", "", false, false);
	test_literal("(a)\\1bcd", "", false, false);
	test_literal("abc\\Qd*\\E", "", false, false);
	test_literal("[a\\Q]\\E]abc", "", false, false);
	test_literal("a(?#x)bc", "", false, false);
	test_literal("(abc", "", false, false);
	test_literal("abc\\", "", false, false);
}

/* The wide search against the plain one, at every place and length. */
static void test_find_literal(void)
{
	char text[80];
	size_t wrong = 0, tried = 0;
	for (size_t n = 0; n <= sizeof(text); n++) {
		/* Of its exact size, so that a sanitizer sees a byte too far. */
		char *exact = xmalloc(n > 0 ? n : 1);
		for (size_t i = 0; i < n; i++)
			exact[i] = "ab"[(i * 7 + i / 3) % 2];
		for (size_t k = 1; k <= 5; k++) {
			for (unsigned bits = 0; bits < 1u << k; bits++) {
				char needle[5];
				for (size_t i = 0; i < k; i++)
					needle[i] = "ab"[bits >> i & 1];
				char *hit = memmem(exact, n, needle, k);
				size_t want = hit ? (size_t)(hit - exact) : SIZE_MAX;
				wrong += literal_find((struct str){exact, n},
						 (struct str){needle, k}) != want;
				tried++;
			}
		}
		free(exact);
	}
	ok(wrong == 0 && tried == 81 * 62, "literal_find agrees with memmem");
	ok(literal_find((struct str)STR("abc"), (struct str){NULL, 0}) == 0,
		"empty needle");
}

static void test_find(const char *pattern, unsigned flags, struct str text, size_t from,
	size_t want_start, size_t want_end)
{
	struct err err;
	size_t start = 99, end = 99;
	struct regex *re = regex_new(str_from(pattern), flags, &err);
	if (!ok(re != NULL, "%s compiles", pattern))
		return;
	bool hit = regex_find(re, text, from, &start, &end);
	if (want_start == SIZE_MAX)
		ok(!hit && start == 99 && end == 99, "%s is not found", pattern);
	else
		ok(hit && start == want_start && end == want_end, "%s at %zu-%zu",
			pattern, start, end);
	ok(regex_cut_off(re) == 0, "%s is not cut off", pattern);
	regex_free(re);
}

static void test_finds(void)
{
	struct str text = STR("alpha beta\nGamma 42 beta\r\ndelta\xc3\xa9 \377end");
	size_t none = SIZE_MAX;
	test_find("beta", 0, text, 0, 6, 10);
	test_find("beta", 0, text, 7, 20, 24);
	test_find("beta", 0, text, 21, none, 0);
	test_find("BETA", 0, text, 0, none, 0);
	test_find("BETA", REGEX_NOCASE, text, 0, 6, 10);
	test_find("be.a", 0, text, 7, 20, 24);
	test_find("a.b", REGEX_FIXED, text, 0, none, 0);
	test_find("A 4", REGEX_FIXED | REGEX_NOCASE, text, 0, 15, 18);
	test_find(".", REGEX_FIXED | REGEX_NOCASE, text, 0, none, 0);
	test_find("^Gamma \\d+", 0, text, 0, 11, 19);
	test_find("a$", 0, text, 0, 9, 10);
	test_find("beta$", 0, text, 11, 20, 24);
	test_find("\\w+ 42", 0, text, 0, 11, 19);
	test_find("delta\xc3\xa9", 0, text, 0, 26, 33);
	test_find("delta\xc3\x89", REGEX_NOCASE, text, 0, 26, 33);
	test_find("\\x{e9} ", 0, text, 0, 31, 34);
	test_find("\\p{L}nd", 0, text, 0, 35, 38);
	test_find("a.end", 0, text, 0, none, 0);
	test_find(" .end", 0, text, 0, 33, 38);
	test_find("\377e.d", 0, text, 0, 34, 38);
	test_find("", 0, text, 5, 5, 5);
	test_find("x*", 0, text, 5, 5, 5);
	test_find("x*", 0, (struct str){NULL, 0}, 0, 0, 0);
	test_find("", REGEX_FIXED, (struct str){NULL, 0}, 0, 0, 0);
	test_find("a", 0, (struct str){NULL, 0}, 0, none, 0);
	test_find("end", 0, text, text.len + 1, none, 0);
	test_find("(a)(l)(p)(h)", 0, text, 0, 0, 4);
	test_find("(?i)GAMMA", 0, text, 0, 11, 16);
	test_find("a|Gamma", 0, text, 10, 11, 16);
	test_find("(*UTF)G.mm", 0, text, 0, 11, 15);
}

static void test_error(const char *pattern, unsigned flags, size_t pos, const char *msg)
{
	struct err err = {.pos = 77};
	struct regex *re = regex_new(str_from(pattern), flags, &err);
	ok(re == NULL && err.has_pos && err.pos == pos, "%s is wrong at %zu", pattern,
		err.pos);
	is_str(err.msg, strlen(err.msg), msg, "its message");
	regex_free(re);
}

static void test_errors(void)
{
	char longer[REGEX_PATTERN_MAX + 2];
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	test_error("(abc", 0, 4, "bad regex: missing closing parenthesis");
	test_error(
		"ab*+c[", 0, 6, "bad regex: missing terminating ] for character class");
	test_error("*a", 0, 0, "bad regex: quantifier does not follow a repeatable item");
	test_error("\xc3\xa9(", 0, 3, "bad regex: missing closing parenthesis");
	test_error(longer, 0, REGEX_PATTERN_MAX, "the regex is longer than 4096 bytes");
	test_error(longer, REGEX_FIXED, REGEX_PATTERN_MAX,
		"the regex is longer than 4096 bytes");
	longer[REGEX_PATTERN_MAX] = '\0';
	struct regex *re = regex_new(str_from(longer), 0, NULL);
	ok(re != NULL, "a pattern of the greatest length");
	regex_free(re);
	regex_free(NULL);
}

/* Runs PATTERN over N bytes made of PIECE: no match, cut off, and soon. */
static void test_bound(const char *pattern, const char *piece, size_t n, bool cut)
{
	char *text = xmalloc(n);
	size_t len = strlen(piece);
	for (size_t i = 0; i < n; i++)
		text[i] = piece[i % len];
	if (cut && n > 0)
		text[n - 1] = '!';
	struct regex *re = regex_new(str_from(pattern), 0, NULL);
	double began = seconds();
	bool hit = regex_match(re, (struct str){text, n});
	double took = seconds() - began;
	ok(!hit && regex_cut_off(re) == (cut ? 1 : 0), "%s on %zu bytes is %scut off",
		pattern, n, cut ? "" : "not ");
	ok(took < 10, "%s takes %.2f s", pattern, took);
	hit = regex_match(re, (struct str)STR("aaaa"));
	ok(regex_cut_off(re) == (cut ? 1 : 0), "a short text is not");
	(void)hit;
	regex_free(re);
	free(text);
}

static void test_bounds(void)
{
	test_bound("(a+)+$", "a", 40, true);
	test_bound("(a+)+$", "a", 100000, true);
	test_bound("(\\w+\\s?)+:$", "abc ", 1 << 20, false); /* no ':' in it */
	test_bound("\\w+[=:]\\d", "a", 1 << 20, true);
	test_bound("[a-z]*[a-z]*[0-9]", "a", 20000, true);
	test_bound("x[a-z]+\\d", "xabc", 4000, false);
}

/* A match far behind in a long text, beyond many windows. */
static void test_windows(void)
{
	size_t n = 1 << 20;
	char *text = xmalloc(n);
	size_t start = 0, end = 0;
	memset(text, '.', n);
	memcpy(text + n - 10, "key 123\xc3\xa9x", 10);
	struct regex *re = regex_new((struct str)STR("[a-z]+ \\d+"), 0, NULL);
	ok(regex_find(re, (struct str){text, n}, 0, &start, &end) && start == n - 10 &&
			end == n - 3,
		"found at the end of 1 MiB");
	ok(regex_find(re, (struct str){text, n}, n - 9, &start, &end) && start == n - 9,
		"and from within it");
	regex_free(re);
	re = regex_new((struct str)STR("\\d\xc3\xa9[x]"), 0, NULL);
	ok(regex_find(re, (struct str){text, n}, 0, &start, &end) && start == n - 4 &&
			end == n,
		"the same in UTF-8");
	regex_free(re);
	re = regex_new((struct str)STR("\\A[.]+k"), 0, NULL);
	ok(regex_find(re, (struct str){text, n}, 0, &start, &end) && start == 0 &&
			end == n - 9,
		"a match as long as the text");
	ok(regex_cut_off(re) == 0, "is not cut off");
	regex_free(re);
	free(text);
}

/* The same answers with and without JIT; (*NO_JIT) makes byte patterns UTF ones, which
 * for ASCII texts is the same. */
static void test_agreement(void)
{
	static const char *const patterns[] = {"a+b", "(a|b)*c", "^\\w+\\s", "b{2,3}c?",
		"(?<!a)b", "[^ab]+$", "(\\w)\\1", "a.*c", "\\bc", "a(?=b)", "x?b+?a"};
	static const char *const texts[] = {"", "a", "aab", "abcabc", "bbb cab", "c\nab",
		"aa bb cc", "xyz", "abba", "bbbbc", "ab\r\nbc ", "the cab"};
	size_t count = sizeof(patterns) / sizeof(patterns[0]);
	size_t hits = 0, wrong = 0;
	for (size_t i = 0; i < count; i++) {
		char slow[64];
		snprintf(slow, sizeof(slow), "(*NO_JIT)%s", patterns[i]);
		struct regex *a = regex_new(str_from(patterns[i]), 0, NULL);
		struct regex *b = regex_new(str_from(slow), 0, NULL);
		for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
			size_t s1 = 0, e1 = 0, s2 = 0, e2 = 0;
			bool x = regex_find(a, str_from(texts[j]), 0, &s1, &e1);
			bool y = regex_find(b, str_from(texts[j]), 0, &s2, &e2);
			bool same = x == y && s1 == s2 && e1 == e2;
			if (!same)
				printf("# %s on %s: %d %zu-%zu, %d %zu-%zu\n",
					patterns[i], texts[j], x, s1, e1, y, s2, e2);
			wrong += !same;
			hits += x;
		}
		regex_free(a);
		regex_free(b);
	}
	ok(wrong == 0 && hits == 53, "JIT and interpreter agree, %zu hits", hits);
}

static unsigned next_random(unsigned *state, unsigned below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
}

/* Random patterns with their literal searched first, and without: a leading verb leaves
 * it out. */
static void test_random(void)
{
	static const char *const atoms[] = {"a", "b", "c", "ab", "\\.", ".", "?", "*", "+",
		"{2}", "{0,1}", "(a|b)", "(?:ab)", "[ab]", "[^a]", "\\b", "^", "$", "|", "{",
		"\\w", "(?=b)", "(?<!a)", "[]a]", "\\d{2}", "(?i)", "(?i:a)", "\\n"};
	unsigned state = 7;
	size_t compiled = 0, hits = 0, wrong = 0;
	for (int i = 0; i < 20000; i++) {
		char pattern[128] = "(*UTF)";
		size_t verb = strlen(pattern);
		for (unsigned k = 1 + next_random(&state, 6); k > 0; k--)
			strcat(pattern, atoms[next_random(&state, 28)]);
		struct regex *a = regex_new(str_from(pattern + verb), 0, NULL);
		struct regex *b = regex_new(str_from(pattern), 0, NULL);
		wrong += (a != NULL) != (b != NULL);
		for (int j = 0; a != NULL && b != NULL && j < 8; j++) {
			char text[32];
			size_t n = next_random(&state, sizeof(text) + 1);
			for (size_t k = 0; k < n; k++)
				text[k] = "aabbcc.AB7{\n"[next_random(&state, 12)];
			size_t s1 = 0, e1 = 0, s2 = 0, e2 = 0;
			size_t from = n > 0 ? next_random(&state, (unsigned)n) : 0;
			bool x = regex_find(a, (struct str){text, n}, from, &s1, &e1);
			bool y = regex_find(b, (struct str){text, n}, from, &s2, &e2);
			if (x != y || s1 != s2 || e1 != e2) {
				printf("# %s on '%.*s'\n", pattern, (int)n, text);
				wrong++;
			}
			hits += x;
		}
		compiled += a != NULL;
		regex_free(a);
		regex_free(b);
	}
	ok(wrong == 0 && compiled > 5000 && hits > 10000,
		"%zu random patterns, %zu hits: the literal changes nothing", compiled, hits);
}

int main(void)
{
	test_random();
	test_literals();
	test_find_literal();
	test_finds();
	test_errors();
	test_bounds();
	test_windows();
	test_agreement();
	return done_testing();
}
