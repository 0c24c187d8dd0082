"""Connects COUNT times, and then dies HOW: segv, abort, kill, or by exit code exit:N."""
import ctypes
import os
import resource
import signal
import socket
import sys

from counts import Counts

address, port, count, how, log = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
counts = Counts(log)
for _ in range(count):
    counts.attempt()
    try:
        with socket.create_connection((address, port), timeout=2) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            s.recv(4096)
        counts.success()
    except OSError as error:
        counts.failure(error)
counts.write(how)
print(f"fatal: about to end by {how}", file=sys.stderr, flush=True)
if how == "segv":
    ctypes.string_at(0)
elif how == "abort":
    os.abort()
elif how == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
else:
    sys.exit(int(how.split(":")[1]))
