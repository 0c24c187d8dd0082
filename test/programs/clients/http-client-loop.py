"""http.client as its documentation shows it: connect, request, read, close."""
import http.client
import sys
from urllib.parse import urlsplit

from counts import Counts

url, count, log = urlsplit(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
counts = Counts(log)
for _ in range(count):
    counts.attempt()
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=2)
    try:
        connection.request("GET", url.path or "/")
        connection.getresponse().read()
        counts.success()
    except (OSError, http.client.HTTPException) as error:
        counts.failure(error)
    finally:
        connection.close()
counts.write("done")
