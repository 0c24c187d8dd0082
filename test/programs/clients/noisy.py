"""A healthy client, 100 requests over one second, that prints: broken NDJSON, 100 MB of anything, or harmless
text in which the message of EADDRNOTAVAIL occurs."""
import socket
import sys
import time

from counts import Counts

address, port, what, log = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
broken = [
    '{"type":"interval","attempts":-1,"completed":"many","inFlight":null}',
    '{"type":"interval","attempts":1e999,"completed":0,"inFlight":0}',
    '{"type":"interval","attempts":5,"completed":5,"inFlight":0,"failures":[{"errno":"EADDRNOTAVAIL"}]}',
    '{"type":"interval","attempts":',
    '{"type":"end","requestLatencyUs":"fast"}',
    "{]",
]
harmless = [
    "loaded 212 translations, among them 'Cannot assign requested address'",
    "see also: EADDRNOTAVAIL (errno 99) in the manual page of connect(2)",
    "self-test: formatting OSError: [Errno 99] Cannot assign requested address ... ok",
]
lines = {"broken-ndjson": broken, "harmless-text": harmless, "garbage": ["\x1b[31m\x00{" + "x" * 65_500] * 16}[what]
counts = Counts(log)
for turn in range(100):
    counts.attempt()
    with socket.create_connection((address, port), timeout=2) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        s.recv(4096)
    counts.success()
    # 16 × 64 KiB × 100 = 100 MB; the rest is printed now and then.
    if what == "garbage" or turn % 10 == 0:
        print("\n".join(lines), file=sys.stderr if what == "harmless-text" else sys.stdout, flush=True)
    time.sleep(0.01)
counts.write("done")
