"""What systemd's Python module sends to journald, by a plain socket: journal.py PATH"""
import socket
import struct
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])


def send(**fields):
    out = b""
    for name, value in fields.items():
        value = value if isinstance(value, bytes) else str(value).encode()
        if b"\n" in value:
            out += name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
        else:
            out += name.encode() + b"=" + value + b"\n"
    s.send(out)


send(MESSAGE="simple")
send(MESSAGE="a warning", PRIORITY=4, LOGGER="app.db", THREAD_NAME="MainThread",
     PROCESS_NAME="MainProcess", CODE_FILE="/srv/app.py", CODE_LINE=7, CODE_FUNC="load",
     SYSLOG_IDENTIFIER="app.py", USER_ID="42")
send(MESSAGE="boom\nTraceback (most recent call last):\n  File \"a.py\", line 1\nValueError: x",
     PRIORITY=3, LOGGER="app.db", SYSLOG_PID=77)
send(MESSAGE=b"bytes \xff\x00 and\nlines", PRIORITY=6, SYSLOG_IDENTIFIER="tool")
s.send(b"PATH=/bin is not set\n")
