# mplog: build, test, measure, install. `make help` lists the targets.
CC ?= cc
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
VERSION := 0.1.0

PKGS := libpcre2-8 libbsd-overlay ncursesw
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs libpcre2-8 libbsd-overlay)

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

unit: $(UNIT_BIN) ## build and run the unit tests
	@tests/run-unit $(UNIT_BIN)

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: all unit clean help
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
