"""A client program's own counts: a JSON line in its log now and then; the last line is the current one."""
import errno
import json
import threading
import time


def errno_name(error):
    """The errno of an exception, also where a library wrapped it; its class where there is none."""
    seen, waiting = set(), [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        number = getattr(one, "errno", None)
        if isinstance(number, int):
            return errno.errorcode.get(number, f"E{number}")
        waiting += [getattr(one, "reason", None), one.__cause__, one.__context__]
    return type(error).__name__


class Counts:
    def __init__(self, path):
        self.path = path
        self.attempts = self.ok = 0
        self.errors = {}
        self.lock = threading.Lock()
        self.written_at = 0.0
        self.write("running")

    def attempt(self):
        with self.lock:
            self.attempts += 1

    def success(self):
        with self.lock:
            self.ok += 1
        self.write_if_due()

    def failure(self, error):
        name = errno_name(error)
        with self.lock:
            self.errors[name] = self.errors.get(name, 0) + 1
            is_new = self.errors[name] == 1
        # At once, so that the log has it however this program ends.
        if is_new:
            self.write("running")
        else:
            self.write_if_due()

    def write_if_due(self):
        if time.monotonic() - self.written_at > 0.1:
            self.write("running")

    def write(self, end):
        with self.lock:
            self.written_at = time.monotonic()
            line = dict(attempts=self.attempts, ok=self.ok, errors=self.errors, end=end)
            with open(self.path, "a") as log:
                log.write(json.dumps(line) + "\n")
