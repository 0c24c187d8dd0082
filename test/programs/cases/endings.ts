import { type ProgramCase, programCase } from '../program-case.ts';

const raw = '{python} {clients}/raw-loop.py {address} {port} {log}';
/** Runs out within half a second, and then tries again now and then for far longer than the load lasts. */
const lasting = `${raw} --seconds 600 --on-error back-off`;

/** How programs end, or do not: wrappers, daemons, signals, exit codes, too early. */
export const endings: readonly ProgramCase[] = [
  programCase({ name: 'ends at once, no connection', command: 'true', ranOut: false, never: ['healthy'] }),
  programCase({
    name: 'ends at once with code 3, no connection',
    command: "sh -c 'echo wrong option >&2; exit 3'",
    ranOut: false,
    never: ['healthy'],
  }),
  programCase({
    name: 'ends after a twentieth of its time',
    command: `${raw} --count 50 --per-second 500`,
    ranOut: false,
  }),
  programCase({
    name: 'a shell hides the exit code',
    command: `sh -c '${raw} --on-error raise; true'`,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'a shell waits for a sleep of ten minutes',
    command: "sh -c 'sleep 600; true'",
    seconds: 1,
    ranOut: false,
    never: ['healthy'],
  }),
  programCase({
    name: 'a shell leaves its child behind',
    command: `sh -c '${lasting} & sleep 1; exit 0'`,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'nohup leaves its child behind',
    command: `sh -c 'nohup ${lasting} >/dev/null 2>&1 & sleep 1'`,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'setsid leaves its child behind',
    command: `sh -c 'setsid ${lasting} & sleep 1'`,
    needs: ['python3', 'setsid'],
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'a daemon by double fork',
    command: `{python} {clients}/daemonize.py ${lasting}`,
    ranOut: 'unknown',
  }),
  programCase({
    name: 'a shell starts a daemon and stays a second',
    command: `sh -c '{python} {clients}/daemonize.py ${lasting}; sleep 1'`,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({ name: 'runs until it is ended', command: lasting, seconds: 1, ranOut: true, verdicts: ['exhausted'] }),
  // timeout(1) makes a process group of its own.
  programCase({
    name: 'timeout runs it longer than the load lasts',
    command: `timeout 60 ${lasting}`,
    seconds: 1,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'ignores SIGTERM',
    command: `sh -c 'trap "" TERM INT HUP; ${lasting}'`,
    seconds: 1,
    ranOut: true,
    verdicts: ['exhausted'],
  }),
  programCase({
    name: 'ended by SIGSEGV before any connection',
    command: "sh -c 'kill -SEGV $$'",
    ranOut: false,
    never: ['healthy'],
  }),
  programCase({
    name: 'ended by SIGSEGV after 200 connections',
    command: '{python} {clients}/dies.py {address} {port} 200 segv {log}',
    ranOut: false,
    never: ['healthy'],
  }),
  programCase({
    name: 'ended by SIGABRT after 200 connections',
    command: '{python} {clients}/dies.py {address} {port} 200 abort {log}',
    ranOut: false,
    never: ['healthy'],
  }),
  programCase({
    name: 'ended by SIGKILL after 200 connections',
    command: '{python} {clients}/dies.py {address} {port} 200 kill {log}',
    ranOut: false,
    never: ['healthy'],
  }),
  programCase({
    name: 'ended by SIGKILL after ports ran out',
    command: '{python} {clients}/dies.py {address} {port} 1500 kill {log}',
    ranOut: true,
  }),
  programCase({
    name: 'ends with code 7 after 100 connections',
    command: '{python} {clients}/dies.py {address} {port} 100 exit:7 {log}',
    ranOut: false,
  }),
];
