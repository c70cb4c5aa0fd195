#!/usr/bin/env bats
# Programs log with what they have, mplog listens, and every record is there once, with its
# level, module, process, message, traceback and time as its wire carries them. The matrix is
# sinks x start methods x kinds of pool, 9 cells a test. `make senders` has 1,000 records a
# process.

load lib/live.bash

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR
	records=${SANITIZED:+60}
	records=${SENDERS_RECORDS:-${records:-200}}
	pid= others=
}

teardown() {
	end_all
}

matrix() {
	timeout 500 "$python" "$lib/senders_matrix.py" "$mplog" "$@" --records "$records" 3>&-
}

others() {
	timeout 500 "$python" "$lib/senders_others.py" "$mplog" "$@" --records "$records" 3>&-
}

@test "SocketHandler over TCP and over a Unix socket" {
	matrix socket-tcp socket-unix
}

@test "DatagramHandler over UDP and over a Unix socket" {
	matrix datagram-udp datagram-unix
}

@test "SysLogHandler over UDP and TCP" {
	matrix syslog-udp syslog-tcp
}

@test "SysLogHandler over Unix sockets of datagrams and streams" {
	matrix syslog-unixgram syslog-unix
}

@test "HTTPHandler, POST and GET" {
	matrix http http-get
}

@test "QueueHandler to a QueueListener with a SocketHandler" {
	matrix queue
}

@test "LogRecords by multiprocessing's Client" {
	matrix client
}

@test "Loguru with a SocketHandler as its sink" {
	matrix loguru-socket-message loguru-socket
}

@test "Loguru with the sink of its documentation's network recipe" {
	matrix loguru-recipe
}

@test "Loguru to one file, with and without enqueue" {
	matrix loguru-file loguru-file-enqueue
}

@test "Loguru to one FIFO, with and without enqueue" {
	matrix loguru-fifo loguru-fifo-enqueue
}

@test "Loguru to stderr that is a pipe, with and without enqueue" {
	matrix loguru-stderr loguru-stderr-enqueue
}

@test "Loguru with serialize to a file, a FIFO and over TCP" {
	matrix loguru-serialize-file loguru-serialize-fifo loguru-serialize-tcp
}

@test "logger(1) over UDP, TCP and Unix sockets" {
	others logger
}

@test "rsyslog over UDP and TCP" {
	others rsyslog
}

@test "GELF by UDP, packed and in chunks, and by TCP" {
	others gelf
}

@test "nc with JSON and plain lines" {
	others nc
}
