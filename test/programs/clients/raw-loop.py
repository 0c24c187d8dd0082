"""A socket for every request, closed by the client: a health check, a script, a badly written SDK."""
import argparse
import socket
import sys
import time

from counts import Counts

parser = argparse.ArgumentParser()
parser.add_argument("address")
parser.add_argument("port", type=int)
parser.add_argument("log")
parser.add_argument("--count", type=int, default=10**9)
parser.add_argument("--seconds", type=float, default=600)
parser.add_argument("--per-second", type=float, help="at most so many; what was late is not made up for")
parser.add_argument("--on-error", choices=["swallow", "print", "raise", "back-off"], default="swallow")
parser.add_argument("--ping", action="store_true", help="Redis instead of HTTP")
parser.add_argument("--server-closes", action="store_true", help="asks for it, and waits for the server's end")
parser.add_argument("--then-idle", type=float, default=0)
args = parser.parse_args()

close = "Connection: close\r\n" if args.server_closes else ""
request = "PING\r\n" if args.ping else f"GET / HTTP/1.1\r\nHost: test\r\n{close}\r\n"
counts = Counts(args.log)
pause = 0.02
ends = time.monotonic() + args.seconds
while counts.attempts < args.count and time.monotonic() < ends:
    began = time.monotonic()
    counts.attempt()
    try:
        with socket.socket() as s:
            s.settimeout(2)
            s.connect((args.address, args.port))
            s.sendall(request.encode())
            answer = s.recv(4096)
            while args.server_closes and s.recv(4096):
                pass
            if not answer:
                raise ConnectionError("no answer")
        counts.success()
        pause = 0.02
    except OSError as error:
        counts.failure(error)
        if args.on_error == "raise":
            counts.write("raised")
            raise
        if args.on_error == "print":
            print(f"request failed: {error}", file=sys.stderr)
        if args.on_error == "back-off":
            time.sleep(pause)
            pause = min(0.5, pause * 2)
    if args.per_second:
        time.sleep(max(0, 1 / args.per_second - (time.monotonic() - began)))
counts.write("idle")
time.sleep(args.then_idle)
counts.write("done")
