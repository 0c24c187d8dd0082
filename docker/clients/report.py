"""Counts of a client program, as the lab reads them from its stdout (docs/your-program.md): a JSON object a line."""
import errno
import json
import sys
import threading
import time

lock = threading.Lock()
none = {"attempts": 0, "completed": 0, "answers": 0}
interval, failures, state = dict(none), {}, {"in_flight": 0, "printed_at": time.monotonic()}


def errno_of(error):
    """The errno of an exception that a library wrapped, at any depth; EOF for an end without an answer, else EUNKNOWN."""
    waiting = [error]
    for one in waiting:
        if isinstance(getattr(one, "errno", None), int):
            return errno.errorcode.get(one.errno, "EUNKNOWN")
        causes = [getattr(one, "reason", None), *getattr(one, "args", ()), one.__cause__, one.__context__]
        waiting += [cause for cause in causes if isinstance(cause, BaseException) and cause not in waiting]
    return "EOF" if any(type(one).__name__ == "RemoteDisconnected" for one in waiting) else "EUNKNOWN"


def flush():
    state["printed_at"] = time.monotonic()
    listed = [{"errno": name, "phase": phase, "count": n} for (name, phase), n in failures.items()]
    line = {"type": "interval", **interval, "inFlight": state["in_flight"], "failures": listed}
    print(json.dumps(line), flush=True)
    interval.update(none)
    failures.clear()


def call(work, phase=lambda name: "response"):
    """Counts one call of work(). Returns False where it failed; phase() says in which phase, by its errno."""
    with lock:
        interval["attempts"] += 1
        state["in_flight"] += 1
    name = None
    try:
        work()
    except Exception as error:
        name = errno_of(error)
    with lock:
        state["in_flight"] -= 1
        if name is None:
            interval["completed"] += 1
            interval["answers"] += 1
        else:
            kind = (name, "connect" if name == "EADDRNOTAVAIL" else phase(name))
            failures[kind] = failures.get(kind, 0) + 1
        if time.monotonic() - state["printed_at"] > 0.1:
            flush()
    return name is None


def end(version):
    """Ends the load. The program and its connections stay until the lab closes its stdin."""
    with lock:
        flush()
        print(json.dumps({"type": "end", "version": version}), flush=True)
    sys.stdin.read()
