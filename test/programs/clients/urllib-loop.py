"""urllib.request asks for Connection: close, so that the server closes first."""
import sys
import urllib.request

from counts import Counts

url, count, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
counts = Counts(log)
for _ in range(count):
    counts.attempt()
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            response.read()
        counts.success()
    except OSError as error:
        counts.failure(error)
counts.write("done")
