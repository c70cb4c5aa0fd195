#!/usr/bin/env bats
# The examples of docs/senders.md as they stand there, with real programs and a real mplog.

load lib/live.bash

# run_examples NAME...: those that can be run here; skips if none can
run_examples() {
	local status=0
	timeout 120 "$python" "$lib/doc_senders.py" "$mplog" "$root/docs/senders.md" "$@" ||
		status=$?
	[ "$status" -ne 77 ] || skip "not installed"
	return "$status"
}

@test "every example is run, or says why not" {
	run_examples check
}

@test "SocketHandler" {
	run_examples socket socket-unix
}

@test "DatagramHandler" {
	run_examples datagram
}

@test "SysLogHandler" {
	run_examples syslog
}

@test "HTTPHandler" {
	run_examples http
}

@test "a file, a FIFO" {
	run_examples file fifo
}

@test "QueueHandler and QueueListener" {
	run_examples queue
}

@test "dictConfig and fileConfig" {
	run_examples dictconfig fileconfig
}

@test "Loguru through SocketHandler" {
	run_examples loguru-socket
}

@test "Loguru as JSON, and into a FIFO" {
	run_examples loguru-json loguru-unix loguru-fifo
}

@test "structlog" {
	run_examples structlog
}

@test "Django" {
	run_examples django
}

@test "uvicorn" {
	run_examples uvicorn
}

@test "gunicorn" {
	run_examples gunicorn
}

@test "celery" {
	run_examples celery
}

@test "pools of processes under fork, spawn and forkserver" {
	run_examples pool pool-loguru
}

@test "shell scripts: mplog send" {
	run_examples send send-lines exec-send
}

@test "shell scripts: logger" {
	run_examples logger
}

@test "shell scripts: nc, /dev/tcp" {
	run_examples nc dev-tcp
}

@test "shell scripts: curl" {
	run_examples curl
}

@test "pino" {
	run_examples pino
}

@test "winston" {
	run_examples winston
}

@test "log4j2" {
	run_examples log4j2
}

@test "logback" {
	run_examples logback
}

@test "rsyslog" {
	run_examples rsyslog
}
