"""bind() to a source address before connect(): the port is chosen before the destination is known, unless
IP_BIND_ADDRESS_NO_PORT leaves it to connect()."""
import socket
import sys

from counts import Counts

address, port, count, how, log = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
IP_BIND_ADDRESS_NO_PORT = 24
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.connect((address, port))
    source = probe.getsockname()[0]
counts = Counts(log)
for _ in range(count):
    counts.attempt()
    try:
        with socket.socket() as s:
            s.settimeout(2)
            if how == "no-port":
                s.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            s.bind((source, 0))
            s.connect((address, port))
            s.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            s.recv(4096)
        counts.success()
    except OSError as error:
        counts.failure(error)
counts.write("done")
