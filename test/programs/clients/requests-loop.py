"""requests.get() makes a session, and a connection, for each call; a session of one's own keeps one."""
import sys

import requests

from counts import Counts

url, how, count, log = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
get = requests.get if how == "get" else requests.Session().get
counts = Counts(log)
for _ in range(count):
    counts.attempt()
    try:
        get(url, timeout=2)
        counts.success()
    except requests.RequestException as error:
        counts.failure(error)
counts.write("done")
