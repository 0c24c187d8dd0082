"""A pool of SIZE connections, used in turn for SECONDS: what a service should do."""
import socket
import sys
import time

from counts import Counts

address, port, size, seconds, log = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
counts = Counts(log)
pool = []
ends = time.monotonic() + seconds
for _ in range(size):
    counts.attempt()
    pool.append(socket.create_connection((address, port), timeout=2))
    counts.success()
while time.monotonic() < ends:
    for s in pool:
        s.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        s.recv(4096)
    time.sleep(0.02)
for s in pool:
    s.close()
counts.write("done")
