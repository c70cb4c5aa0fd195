# mplog: build, test, measure, install. `make help` lists the targets.
CC ?= cc
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
VERSION := 0.1.0

PKGS := libpcre2-8 libbsd-overlay ncursesw
# What there is of these is used, and mplog --version says so: make ZLIB= leaves it out.
ZLIB := $(shell pkg-config --exists zlib && echo zlib)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) $(ZLIB)) $(if $(ZLIB),-DHAVE_ZLIB)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) $(ZLIB))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wcast-qual -Wvla -Walloca -Wformat=2 -Wwrite-strings -Werror
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPT ?= -O2
EXTRA ?=
CFLAGS := -std=c17 -D_GNU_SOURCE -DMPLOG_VERSION='"$(VERSION)"' -I. $(PKG_CFLAGS) \
	$(OPT) -g $(WARN) $(HARDEN) -pthread $(EXTRA)
LDFLAGS := -pie -Wl,-z,relro,-z,now -pthread $(EXTRA)

DIRS := core sources formats filters merge tui cli
LIB_SRC := $(filter-out cli/main.c,$(wildcard $(addsuffix /*.c,$(DIRS))))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
UNIT_SRC := $(wildcard tests/unit/t_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/%)
REPLAY_BIN := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(BUILD)/replay/%)

all: $(BUILD)/mplog ## build mplog

$(BUILD)/mplog: $(BUILD)/cli/main.o $(BUILD)/libmplog.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/libmplog.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libmplog.a
	@mkdir -p $(@D)
	@echo '  TEST $<'
	$(Q)$(CC) $(CFLAGS) -MMD -MP -Itests/unit $(LDFLAGS) -o $@ $< $(BUILD)/libmplog.a $(PKG_LIBS)

$(BUILD)/replay/%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(BUILD)/libmplog.a
	@mkdir -p $(@D)
	@echo '  FUZZ $<'
	$(Q)$(CC) $(CFLAGS) -Itests/unit $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(PKG_LIBS)

$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(BUILD)/libmplog.a
	@echo '  FUZZ $<'
	$(Q)$(CC) $(CFLAGS) -Itests/unit $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

test: all $(UNIT_BIN) ## a quick look: the unit tests
	@tests/run-unit $(UNIT_BIN)

check: all $(UNIT_BIN) $(REPLAY_BIN) ## everything: layers, sizes, unit tests, real processes, oracle
	@MPLOG=$(abspath $(BUILD)/mplog) BUILD=$(BUILD) CC='$(CC)' \
		tests/run-check sources $(UNIT_BIN)

# The oracle compares bytes, which the sanitizers do not change: it is left out there.
asan: ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@+$(MAKE) -s -j2 BUILD=build/asan OPT=-O1 \
		EXTRA='-fsanitize=address,undefined -fno-sanitize-recover=all' sanitized
tsan: ## the tests under ThreadSanitizer
	@+$(MAKE) -s -j2 BUILD=build/tsan OPT=-O1 EXTRA='-fsanitize=thread' sanitized

# What is mostly other programs' work, and what looks at words only, is left out there, too.
SANITIZED := $(filter-out tests/senders.bats tests/senders_doc.bats tests/demo.bats \
	tests/examples.bats tests/processes.bats,$(wildcard tests/*.bats))
sanitized: all $(UNIT_BIN) $(REPLAY_BIN)
	@MPLOG=$(abspath $(BUILD)/mplog) BUILD=$(BUILD) NO_ORACLE=1 SANITIZED=1 \
		BATS_FILES='$(SANITIZED)' \
		TSAN_OPTIONS=halt_on_error=1:suppressions=$(abspath tests/tsan.supp) \
		tests/run-check $(UNIT_BIN)

# One of them: make fuzz T=framer. FUZZ_SECONDS=900 is for each.
T ?= *
fuzz: ## every reader of what others send, 15 minutes each (clang; T=NAME, FUZZ_SECONDS=N)
	@+$(MAKE) -s -j2 CC=clang BUILD=build/fuzz OPT=-O1 \
		EXTRA='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all' fuzzed

fuzzed: $(filter $(BUILD)/fuzz_$(subst *,%,$(T)),$(FUZZ_BIN))
	@BUILD=$(BUILD) tests/run-fuzz $^

bench: all ## measure beside the peers that are installed
	@MPLOG=$(abspath $(BUILD)/mplog) BUILD=$(BUILD) tests/bench/bench

verify: all ## 16 files of 600,000 records, byte for byte as an independent script has it
	@MPLOG=$(abspath $(BUILD)/mplog) BUILD=$(BUILD) tests/bench/verify

senders: all ## 1,000 records of each of 4 processes, from every kind of sender
	@tests/senders $(abspath $(BUILD)/mplog)

# Before other programs where that is allowed: what they take is not what is measured.
stall: all ## a stopped reader for a minute, and handlers at 5,000 records a second
	@MPLOG=$(abspath $(BUILD)/mplog) STALL_SECONDS=60 $$(chrt -r 1 true 2>&- && echo chrt -r 1) \
		bats -f 'no handler' --show-output-of-passing-tests tests/stdout.bats

demo: all ## real Python processes, live
	@MPLOG=$(abspath $(BUILD)/mplog) tests/demo

lint: ## clang-tidy, cppcheck and gcc -fanalyzer, where they are installed
	-clang-tidy --quiet $(LIB_SRC) -- $(CFLAGS)
	-cppcheck --quiet --std=c11 --enable=warning,performance,portability -I. $(DIRS)
	+$(MAKE) -s BUILD=build/analyzer EXTRA=-fanalyzer WARN=-Wall all

format: ## lay out the sources as .clang-format says
	clang-format -i $(LIB_SRC) cli/main.c $(wildcard $(addsuffix /*.h,$(DIRS)))

completions: all ## write completions/ from the options table
	$(BUILD)/mplog completions bash >completions/mplog.bash
	$(BUILD)/mplog completions zsh >completions/_mplog
	$(BUILD)/mplog completions fish >completions/mplog.fish

DATA := $(DESTDIR)$(PREFIX)/share
install: all ## install below PREFIX (/usr/local), under DESTDIR
	install -D -m 755 $(BUILD)/mplog $(DESTDIR)$(PREFIX)/bin/mplog
	install -D -m 644 docs/mplog.1 $(DATA)/man/man1/mplog.1
	install -D -m 644 docs/senders.md $(DATA)/doc/mplog/senders.md
	install -D -m 644 completions/mplog.bash $(DATA)/bash-completion/completions/mplog
	install -D -m 644 completions/_mplog $(DATA)/zsh/site-functions/_mplog
	install -D -m 644 completions/mplog.fish $(DATA)/fish/vendor_completions.d/mplog.fish

uninstall: ## remove what install has put there
	rm -f $(DESTDIR)$(PREFIX)/bin/mplog $(DATA)/man/man1/mplog.1 \
		$(DATA)/doc/mplog/senders.md \
		$(DATA)/bash-completion/completions/mplog $(DATA)/zsh/site-functions/_mplog \
		$(DATA)/fish/vendor_completions.d/mplog.fish

dist: ## mplog-VERSION.tar.gz of what is committed
	git archive --format=tar.gz --prefix=mplog-$(VERSION)/ -o mplog-$(VERSION).tar.gz HEAD

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: all test check asan tsan sanitized fuzz fuzzed bench verify senders stall demo lint format completions \
	install uninstall dist clean help
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
