"""Servers on SERVERS ports of 127.0.0.1 and a client of theirs in one process; HOW: plain, bind or no-port."""
import socket
import sys
import threading

from counts import Counts

servers, count, how, log = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
IP_BIND_ADDRESS_NO_PORT = 24


def serve(listener):
    while True:
        s, _ = listener.accept()
        with s:
            s.sendall(b"hello\n")
            s.recv(1)  # the client's end


ports = range(20001, 20001 + servers)
for port in ports:
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
counts = Counts(log)
for turn in range(count):
    counts.attempt()
    try:
        with socket.socket() as s:
            if how == "no-port":
                s.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            if how != "plain":
                s.bind(("127.0.0.1", 0))
            s.connect(("127.0.0.1", ports[turn % servers]))
            s.recv(100)
        counts.success()
    except OSError as error:
        counts.failure(error)
counts.write("done")
