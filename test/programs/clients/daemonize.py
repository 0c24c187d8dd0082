"""daemonize.py PROGRAM ARGS: the classic double fork. The caller's child is gone at once, PROGRAM goes on."""
import os
import sys

if os.fork() > 0:
    os._exit(0)
os.setsid()
if os.fork() > 0:
    os._exit(0)
null = os.open("/dev/null", os.O_RDWR)
for stream in (0, 1, 2):
    os.dup2(null, stream)
os.execvp(sys.argv[1], sys.argv[1:])
