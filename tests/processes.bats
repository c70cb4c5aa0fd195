#!/usr/bin/env bats
# Python processes of every start method log at once, with no lock or queue among them, and
# mplog beside them shows every record once, whole, and in order within the window.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
	processes=8
	records=${SANITIZED:+300}
	records=${records:-5000}
	pid= others=
}

teardown() {
	end_all
}

# beside START SINK PLACE [OPTION]: emit.py's processes, then the check of what mplog showed
beside() {
	"$python" "$lib/emit.py" "$@" --processes $processes --records "$records" 3>&-
	eventually shows $((processes * records)) ' end'
	end
	"$python" "$lib/check.py" out err --processes $processes --records "$records" \
		--files $files
}

loguru_files() {
	mkdir logs
	begin tail logs
	eventually said logs
	files=$PWD/logs/*.log
	beside "$1" loguru-file "$PWD/logs" $2
}

stdlib_files() {
	mkdir logs
	begin tail 'logs/*.log'
	eventually said logs
	files=$PWD/logs/*.log
	beside "$1" stdlib-file "$PWD/logs"
}

one_fifo() {
	begin tail fifo:all.fifo
	eventually test -p all.fifo
	beside "$1" loguru-fifo "$PWD/all.fifo"
	[ ! -e all.fifo ]
}

unix_socket() {
	begin tail unix:all.sock
	eventually said 'listening on unix:'
	beside "$1" loguru-unix "$PWD/all.sock" $2
	[ ! -e all.sock ]
}

tcp_socket() {
	begin tail tcp:0
	eventually said 'listening on tcp:127.0.0.1:'
	beside "$1" loguru-tcp "$(sed -n 's/.*tcp:127.0.0.1://p' err)"
}

@test "spawn: a Loguru file for each process" {
	loguru_files spawn
}

@test "fork: a Loguru file for each process" {
	loguru_files fork
}

@test "forkserver: a Loguru file for each process" {
	loguru_files forkserver
}

@test "spawn: one FIFO for all" {
	one_fifo spawn
}

@test "fork: one FIFO for all" {
	one_fifo fork
}

@test "forkserver: one FIFO for all" {
	one_fifo forkserver
}

@test "spawn: a stdlib file for each process" {
	stdlib_files spawn
}

@test "fork: a stdlib file for each process" {
	stdlib_files fork
}

@test "forkserver: a stdlib file for each process" {
	stdlib_files forkserver
}

@test "spawn: a Unix socket" {
	unix_socket spawn
}

@test "fork: a Unix socket" {
	unix_socket fork
}

@test "forkserver: a Unix socket" {
	unix_socket forkserver
}

@test "spawn: a TCP port" {
	tcp_socket spawn
}

@test "fork: a TCP port" {
	tcp_socket fork
}

@test "forkserver: a TCP port" {
	tcp_socket forkserver
}

# What came first is told second: it is put right, although nobody was there at the start.
@test "connections that have not said anything are waited for" {
	begin tail tcp:0
	eventually said 'listening on tcp:127.0.0.1:'
	"$python" - "$(sed -n 's/.*tcp:127.0.0.1://p' err)" <<-'END'
		import datetime, socket, sys, time
		first, second = (socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		                 for _ in range(2))
		time.sleep(0.05)
		now = datetime.datetime.now()
		earlier = now - datetime.timedelta(milliseconds=20)
		first.sendall(f"{now.isoformat()} INFO second\n".encode())
		time.sleep(0.05)
		second.sendall(f"{earlier.isoformat()} INFO first\n".encode())
	END
	eventually shows 1 second
	end
	[ "$(sed 's/.* //' out)" = $'first\nsecond' ]
	! grep late err
}

@test "spawn, fork, forkserver: a ProcessPoolExecutor over a Unix socket" {
	local start
	for start in spawn fork forkserver; do
		unix_socket "$start" --pool
	done
}
