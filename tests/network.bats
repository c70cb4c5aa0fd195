#!/usr/bin/env bats
# What clients do to a listening mplog: many, slow, broken and hostile ones. Each test is a
# function of faultnet.py. Messages of other kinds than lines: framing.bats.

setup() {
	lib=$BATS_TEST_DIRNAME/lib
	mplog=${MPLOG:-$BATS_TEST_DIRNAME/../build/mplog}
	cd "$BATS_TEST_TMPDIR"
}

net() {
	timeout 60 python3 "$lib/faultnet.py" "$1" "$mplog"
}

traced() {
	command -v strace >/dev/null || skip "no strace"
	[ -z "$SANITIZED" ] || skip "a leak check cannot be traced"
	net "$1"
}

@test "a connection that ends in mid-line" {
	net half_records
}

@test "a record that comes byte by byte" {
	net split
}

@test "many slow connections hold up nobody" {
	net slow_ones
}

@test "what is above --max-connections is refused and counted" {
	net too_many
}

@test "out of descriptors" {
	net no_descriptors
}

@test "the kernel has no room for a while" {
	traced accept_fails
}

@test "connections reset in mid-record" {
	net resets
}

@test "a peer that vanishes is asked after" {
	command -v ss >/dev/null || skip "no ss"
	net keepalive
}

@test "any bytes over TCP" {
	net corpus
}

@test "a line of 100 MiB over TCP" {
	net long_line
}

@test "what the kernel drops of a burst of datagrams is counted" {
	net udp_burst
}

@test "datagrams: the greatest, an empty one, several lines" {
	net datagrams
}

@test "what may be where a Unix socket is to be" {
	net paths
}

@test "sockets and FIFOs are 0600 from the start" {
	traced modes
}

@test "listens on this machine only, or warns" {
	command -v ss >/dev/null || skip "no ss"
	net loopback
}

@test "a port that only root may have" {
	command -v setpriv >/dev/null || skip "no setpriv"
	net privileged
}

@test "a message forges no record" {
	net forged
}

@test "connections that come and go leave nothing behind" {
	net many
}
