import { constants } from 'node:os';

const everyMs = 500;

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
    const number = /connect\(\) .*failed \((\d+):/.exec(line)?.[1];
    if (number === undefined) return;
    const name = Object.entries(constants.errno).find(([, value]) => value === Number(number))?.[0] ?? 'EUNKNOWN';
    this.counts[`errno.${name}`] = (this.counts[`errno.${name}`] ?? 0) + 1;
    this.hasNew = true;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
