"""http_idle.py URL MODE WORKERS IDLE_MS: each worker keeps a connection, and pauses between its requests.
blind: http.client, which uses the connection without looking at it; checked: requests.Session, which looks first;
never: one request, and then nothing more."""
import http.client
import os
import sys
import threading
import time
from urllib.parse import urlsplit

import requests

import report

url, mode, workers, idle_s = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) / 1000
ends_at = time.monotonic() + int(os.environ["TIMEWAIT_LAB_DURATION_MS"]) / 1000


class Blind:
    """A connection that is opened again only after it has failed."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        self.answers = 0

    def request(self):
        try:
            self.connection.request("GET", "/")
            self.connection.getresponse().read()
            self.answers += 1
        except Exception:
            self.connection.close()
            raise

    def close(self):
        self.connection.close()

    def phase(self, _):
        answers, self.answers = self.answers, 0
        return "reuse" if answers > 0 else "response"


class Checked:
    def __init__(self):
        self.session = requests.Session()

    def request(self):
        self.session.get(url, timeout=5)

    def close(self):
        self.session.close()

    def phase(self, _):
        return "response"


def work(client):
    report.call(client.request, client.phase)
    while mode != "never" and time.monotonic() + idle_s < ends_at:
        time.sleep(idle_s)
        report.call(client.request, client.phase)


clients = [Checked() if mode == "checked" else Blind() for _ in range(workers)]
threads = [threading.Thread(target=work, args=(client,)) for client in clients]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
time.sleep(max(0, ends_at - time.monotonic()))
for client in clients if mode != "never" else []:
    client.close()
report.end(f"python {sys.version.split()[0]}")
