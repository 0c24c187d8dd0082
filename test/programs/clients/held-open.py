"""Opens COUNT connections, keeps them open for SECONDS, and leaves them to the end of the process."""
import resource
import socket
import sys
import time

from counts import Counts

address, port, count, seconds, log = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192) if hard > 0 else 8192, hard))
counts = Counts(log)
held = []
for _ in range(count):
    counts.attempt()
    try:
        held.append(socket.create_connection((address, port), timeout=2))
        counts.success()
    except OSError as error:
        counts.failure(error)
counts.write("holding")
time.sleep(seconds)
counts.write("done")
