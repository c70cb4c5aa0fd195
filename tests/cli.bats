#!/usr/bin/env bats
# The command line as a user meets it: messages, help, completions, the man page.

setup() {
	root=$BATS_TEST_DIRNAME/..
	mplog=${MPLOG:-$root/build/mplog}
	cd "$BATS_TEST_TMPDIR"
	printf '2026-11-20 14:00:00.120 | INFO     | app:main:1 - hello\n' >a.log
}

# wrong MESSAGE ARGUMENT...: status 2, nothing on stdout, MESSAGE as the one line of stderr
wrong() {
	local want=$1 status=0
	shift
	"$mplog" "$@" >out 2>err </dev/null || status=$?
	[ "$status" -eq 2 ] || { echo "mplog $*: status $status"; cat err; return 1; }
	[ ! -s out ] || { echo "mplog $*: stdout: $(cat out)"; return 1; }
	[ "$(cat err)" = "mplog: $want" ] || { echo "mplog $*: $(cat err)"; return 1; }
}

# The options that help of a command shows: "-l, --level LEVEL" or "--since TIME"
options_of() {
	"$mplog" help "$1" | sed -nE 's/^  (-.,|   ) (--[a-z-]+( [A-Z=]+)?).*/\1 \2/p' |
		sed -E 's/^ +//'
}

@test "a wrong command line is one line and status 2" {
	wrong "unknown option '--levle'; did you mean '--level'? (see mplog help tail)" tail --levle x
	wrong "unknown option '-Z' (see mplog help filter)" filter -Z a.log
	wrong "'-n' is an option of tail, not of filter (see mplog help filter)" filter -n 3 a.log
	wrong "option '--head' needs a value: --head N (see mplog help tail)" tail --head
	wrong "option '--head': 'x' is not a number" filter --head x a.log
	wrong "option '--color': 'red' is not one of auto, always, never" filter --color red a.log
	wrong "option '--memory': '5' is not a size from 1M up, such as 64K, 256M or 1G" \
		filter --memory 5 a.log
	wrong "option '--count' takes no value, but was given '3'" filter --count=3 a.log
	wrong "'--tee' is not in this version" tail --tee x
}

@test "a wrong command is one line and status 2" {
	wrong "unknown command 'tial'; did you mean 'tail'? (see mplog help)" tial a.log
	wrong "'nowhere.log' is no command and no source (see mplog help)" nowhere.log
	wrong "the command comes first: mplog tail ..." -l error tail a.log
	for later in stats formats; do
		wrong "'$later' is not in this version" "$later" x
	done
	wrong "completions for which shell: bash, zsh or fish?" completions
	wrong "no completions for 'tcsh', only for bash, zsh and fish" completions tcsh
}

@test "control bytes of an option are not written to the terminal" {
	"$mplog" filter $'--\e[31mred' >out 2>err && return 1
	! grep -q $'\e' err
}

@test "bare mplog and view into a pipe are filter; a terminal must be known" {
	[ "$("$mplog" a.log | cat)" = "$("$mplog" filter a.log | cat)" ]
	[ "$("$mplog" -l info a.log | wc -l)" -eq 1 ]
	[ "$("$mplog" view a.log | cat)" = "$("$mplog" filter a.log | cat)" ]
	run script -qec "$mplog -c a.log" /dev/null
	[ "$output" = $'1\r' ]
	for term in "" nonsense dumb; do
		run env TERM="$term" script -qec "$mplog a.log" /dev/null
		[ "$status" -eq 2 ]
		[[ $output == *"use mplog tail"* ]]
		[ "${#lines[@]}" -eq 1 ]
	done
}

@test "help: overview, commands, 80 columns, three examples each" {
	"$mplog" help >out
	[ "$("$mplog" --help)" = "$(cat out)" ]
	[ "$("$mplog" -h)" = "$(cat out)" ]
	for command in view tail filter run send help completions; do
		grep -q "^  $command " out
		"$mplog" help $command >help
		[ "$("$mplog" $command --help)" = "$(cat help)" ]
		[ "$("$mplog" $command -h)" = "$(cat help)" ]
		[ "$(sed -n '/^Examples/,$p' help | grep -c '^      ')" -eq 3 ]
		awk 'length > 79 {print FILENAME ": " $0; bad = 1} END {exit bad}' out help
	done
	"$mplog" --version | grep -Eq '^mplog [0-9]+\.[0-9]+\.[0-9]+$'
}

@test "a full stdout is status 1, also for help" {
	"$mplog" help >/dev/full 2>err && return 1
	[ -s err ]
}

@test "the committed completions are what mplog prints" {
	for shell in bash:mplog.bash zsh:_mplog fish:mplog.fish; do
		"$mplog" completions "${shell%:*}" | cmp - "$root/completions/${shell#*:}"
	done
}

# completed WANT WORD...: what bash offers for the last word
completed() {
	local want=$1
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_mplog || true
	[ "${COMPREPLY[*]}" = "$want" ] || { echo "$*: ${COMPREPLY[*]}"; return 1; }
}

@test "bash completes commands, options and their words" {
	. "$root/completions/mplog.bash"
	completed "tail" mplog ta
	completed "--level" mplog tail --le
	completed "ERROR EMERGENCY" mplog filter -l E
	completed "auto always" mplog filter --color = a
	completed "auto always never" mplog filter --color ""
	completed "bash zsh fish" mplog completions ""
	completed "--no-follow" mplog tail --no-f
	completed "" mplog filter --no-f
	completed "" mplog filter a
}

@test "zsh and fish take their completions" {
	command -v zsh fish >/dev/null || skip "no zsh or no fish"
	zsh -n "$root/completions/_mplog"
	fish -n "$root/completions/mplog.fish"
	run fish -c "source $root/completions/mplog.fish; complete -C 'mplog filter --color '"
	[ "$(cut -f 1 <<<"$output" | tr '\n' ' ')" = "always auto never " ]
}

@test "the man page has every option of every command, and no others" {
	for command in tail filter run send help completions; do
		options_of $command
	done | sort -u | sed -E 's/^(-(.), )?--([a-z-]+)( (.*))?$/\2,\3,\5/' |
		awk -F, '{
			line = ".It "
			if ($1 != "") line = line "Fl " $1 " , "
			line = line "Fl Fl " $2
			if ($3 != "") line = line " Ar " $3
			print line }' | sort >want
	[ "$(wc -l <want)" -gt 35 ]
	sed -n '/^\.Sh OPTIONS/,/^\.Sh LEVELS/p' "$root/docs/mplog.1" | grep '^\.It Fl' | sort -u >got
	diff want got
}

@test "the man page is clean mdoc" {
	command -v mandoc >/dev/null || skip "no mandoc"
	mandoc -T lint -W warning "$root/docs/mplog.1"
}
