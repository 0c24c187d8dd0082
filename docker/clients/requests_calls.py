"""requests_calls.py URL get|session COUNT: requests.get() makes a session for each call; a Session of one's own keeps
its connection."""
import sys

import requests

import report

url, mode, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
get = requests.get if mode == "get" else requests.Session().get
for _ in range(count):
    report.call(lambda: get(url, timeout=5))
report.end(f"requests {requests.__version__}")
