"""record.py LOG PROGRAM ARGS: runs PROGRAM, keeps what it prints in LOG, prints it too, and ends as it ended."""
import os
import signal
import subprocess
import sys
import threading

log = open(sys.argv[1], "ab", buffering=0)
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def copy(source, target):
    while chunk := os.read(source.fileno(), 65536):
        log.write(chunk)
        os.write(target, chunk)


threads = [threading.Thread(target=copy, args=pair) for pair in ((child.stdout, 1), (child.stderr, 2))]
for thread in threads:
    thread.start()
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
code = child.wait()
for thread in threads:
    thread.join()
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
