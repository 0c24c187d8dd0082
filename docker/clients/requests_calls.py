"""requests_calls.py URL get|session COUNT: requests.get() makes a session for each call; a Session of one's own keeps
its connection. Prints its counts as JSON lines (docs/your-program.md)."""
import errno
import json
import sys
import time

import requests

url, mode, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
get = requests.get if mode == "get" else requests.Session().get
interval = {"attempts": 0, "completed": 0, "answers": 0}
failures = {}
printed_at = time.monotonic()


def errno_of(error):
    """The errno of an exception that a library wrapped, at any depth; EUNKNOWN where there is none."""
    waiting = [error]
    for one in waiting:
        if isinstance(getattr(one, "errno", None), int):
            return errno.errorcode.get(one.errno, "EUNKNOWN")
        causes = [getattr(one, "reason", None), one.__cause__, one.__context__]
        waiting += [cause for cause in causes if isinstance(cause, BaseException) and cause not in waiting]
    return "EUNKNOWN"


def flush():
    global printed_at
    printed_at = time.monotonic()
    listed = [{"errno": name, "phase": phase, "count": n} for (name, phase), n in failures.items()]
    print(json.dumps({"type": "interval", **interval, "inFlight": 0, "failures": listed}), flush=True)
    interval.update(attempts=0, completed=0, answers=0)
    failures.clear()


for _ in range(count):
    interval["attempts"] += 1
    try:
        get(url, timeout=5)
        interval["completed"] += 1
        interval["answers"] += 1
    except requests.RequestException as error:
        name = errno_of(error)
        kind = (name, "connect" if name == "EADDRNOTAVAIL" else "response")
        failures[kind] = failures.get(kind, 0) + 1
    if time.monotonic() - printed_at > 0.1:
        flush()
flush()
print(json.dumps({"type": "end", "version": f"requests {requests.__version__}"}), flush=True)
sys.stdin.read()
