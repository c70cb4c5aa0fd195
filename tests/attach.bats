#!/usr/bin/env bats
# A second mplog shows the same stream: it attaches to the one that listens. Each test is a
# function of attach.py.

setup() {
	lib=$BATS_TEST_DIRNAME/lib
	mplog=${MPLOG:-$BATS_TEST_DIRNAME/../build/mplog}
	cd "$BATS_TEST_TMPDIR"
}

attach() {
	local status=0
	timeout 60 python3 "$lib/attach.py" "$1" "$mplog" || status=$?
	[ "$status" -ne 77 ] || skip "not possible here"
	return "$status"
}

@test "every record once in each, by its own options" {
	attach same
}

@test "the history is in order" {
	attach order
}

@test "one that is stopped slows nobody, and says what it has lost" {
	attach stopped
}

@test "those that come and go leave nothing behind" {
	attach come_and_go
}

@test "the one that listens ends: nothing is lost or refused" {
	attach ended
}

@test "the one that listens is killed" {
	attach killed
}

@test "the heir is stopped" {
	attach stopped_heir
}

@test "several that start and end at once" {
	attach at_once
}

@test "who may not attach" {
	attach refused
}

@test "another user's process" {
	attach other_user
}

@test "the socket is a stranger's" {
	attach foreign
}

@test "the ports are taken and there is no socket" {
	attach no_door
}

@test "what is there, and no more" {
	attach once
}
