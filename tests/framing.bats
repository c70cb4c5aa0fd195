#!/usr/bin/env bats
# Messages of every kind on one port, told apart by what arrives, and what hostile clients
# get. Each test is a function of framing.py.

setup() {
	lib=$BATS_TEST_DIRNAME/lib
	mplog=${MPLOG:-$BATS_TEST_DIRNAME/../build/mplog}
	cd "$BATS_TEST_TMPDIR"
}

framing() {
	timeout 60 python3 "$lib/framing.py" "$1" "$mplog"
}

@test "Python's handlers, by TCP and Unix sockets, with tracebacks" {
	framing handlers
}

@test "Python's handlers, by datagrams" {
	framing datagrams
}

@test "line feeds, NULs and counts in one connection" {
	framing mixed
}

@test "messages that nobody ends come out after a silence" {
	framing silence
}

@test "half a message, then the end" {
	framing halves
}

@test "impossible lengths are refused before memory is taken" {
	framing lengths
}

@test "counts that are none are text" {
	framing counts
}

@test "what cannot be read is named and refused, once" {
	framing junk
}

@test "slow messages hold up nobody" {
	framing slow_ones
}

@test "unfinished messages have a common bound" {
	framing hoard
}

@test "a connection for each record leaves nothing behind" {
	framing short_ones
}

@test "256 connections at most, unless more are asked for" {
	framing default_most
}

@test "entries of the journal, exported" {
	framing export
}

@test "nc sends lines, and syslog without an end" {
	command -v nc >/dev/null || skip "no nc"
	framing nc
}
