"""A thread pool, a connection per task."""
import http.client
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from counts import Counts

url, threads, count, log = urlsplit(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
counts = Counts(log)


def task(_):
    counts.attempt()
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
        counts.success()
    except (OSError, http.client.HTTPException) as error:
        counts.failure(error)
    finally:
        connection.close()


with ThreadPoolExecutor(threads) as pool:
    list(pool.map(task, range(count)))
counts.write("done")
