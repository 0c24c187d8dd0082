"""asyncio.open_connection() for every request, at most so many at once; they stay open for HOLD seconds."""
import asyncio
import resource
import sys

from counts import Counts

address, port, at_once, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
hold, log = float(sys.argv[5]), sys.argv[6]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192) if hard > 0 else 8192, hard))
counts = Counts(log)


async def request(turn):
    async with turn:
        counts.attempt()
        try:
            reader, writer = await asyncio.open_connection(address, port)
            writer.write(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(hold)
            writer.close()
            await writer.wait_closed()
            counts.success()
        except (OSError, asyncio.IncompleteReadError) as error:
            counts.failure(error)


async def main():
    turn = asyncio.Semaphore(at_once)
    await asyncio.gather(*(request(turn) for _ in range(count)))


asyncio.run(main())
counts.write("done")
