#!/usr/bin/env bats
# Every example of README.md and of the man page, run on the files of tests/examples. In a
# zone of its own: an example that needs the reader's zone is a bad one.

setup() {
	root=$BATS_TEST_DIRNAME/..
	mplog=${MPLOG:-$root/build/mplog}
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -sf "$(realpath "$mplog")" "$BATS_TEST_TMPDIR/bin/mplog"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	cp "$root"/tests/examples/*.log "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	export TZ=Asia/Kathmandu
}

# Runs COMMAND and compares with FILE, which holds what the README shows.
shown() {
	local command=$1 file=$2
	bash -c "$command" >got 2>err </dev/null || { echo "failed: $command"; cat err; return 1; }
	diff "$file" got || { echo "not as shown: $command"; return 1; }
}

@test "README.md: every example prints what is shown" {
	awk '/^```/ {inside = ($0 == "```sh"); next}
		inside && /^\$ / {n++; print substr($0, 3) > ("command." n); printf "" > ("shown." n); next}
		inside {print > ("shown." n)}' "$root/README.md"
	for command in command.*; do
		shown "$(cat "$command")" "shown.${command#*.}"
	done
	[ -e command.5 ]
}

@test "man page: every example runs and prints something" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl \(mplog .*\)/\1/p' "$root/docs/mplog.1" |
		sed 's/\\e/\\/g' >commands
	[ "$(wc -l <commands)" -gt 5 ]
	while read -r command; do
		bash -c "$command" >got 2>err </dev/null || { echo "failed: $command"; cat err; return 1; }
		[ -s got ] || { echo "nothing from: $command"; return 1; }
		[ ! -s err ] || { echo "stderr of: $command"; cat err; return 1; }
	done <commands
}
