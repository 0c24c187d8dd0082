import { constants } from 'node:os';
import { saysNoPort } from '../model/no-port-message.ts';

/** Shorter than the time between the load's end and the last snapshot, so that the last failures count. */
const everyMs = 25;

const noPort = 'EADDRNOTAVAIL';

/**
 * A server's connect() errors to its upstreams, as gauges such as `errno.EADDRNOTAVAIL`: its clients only see a 502 and
 * not the reason. Read from its log (99: Cannot assign requested address).
 */
export class ErrnoGauge {
  private readonly counts: Record<string, number> = { [`errno.${noPort}`]: 0 };
  private hasNew = true;
  private readonly timer: NodeJS.Timeout;

  constructor(onGauge: (values: Record<string, number>) => void) {
    this.timer = setInterval(() => {
      if (this.hasNew) onGauge({ ...this.counts });
      this.hasNew = false;
    }, everyMs);
  }

  read(line: string): void {
    const name = errnoOf(line);
    if (name !== null) this.add(name);
  }

  add(name: string): void {
    this.counts[`errno.${name}`] = (this.counts[`errno.${name}`] ?? 0) + 1;
    this.hasNew = true;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** haproxy names no errno (proto_tcp.c, tcp_connect_server). */
const haproxyMessages: readonly [RegExp, string][] = [
  [/Connect\(\) failed for backend .*: no free ports/, noPort],
  [/Connect\(\) failed for backend .*: local address already in use/, 'EADDRINUSE'],
];

/** The errno of a log line about a connect() that failed; `null`: the line is about something else. */
export function errnoOf(line: string): string | null {
  const number = /connect\(\) .*failed \((\d+):/.exec(line)?.[1];
  if (number === undefined) {
    const known = haproxyMessages.find(([pattern]) => pattern.test(line))?.[1];
    return known ?? (saysNoPort(line) ? noPort : null);
  }
  return Object.entries(constants.errno).find(([, value]) => value === Number(number))?.[0] ?? 'EUNKNOWN';
}
