import { setTimeout as sleep } from 'node:timers/promises';
import type { QuickLook, Sightings, SocketLook } from '../model/socket-look.ts';
import { monotonicMs } from '../probe/clock.ts';
import type { ObservedSettings, StackView } from './stack-view.ts';

/** Share of a core that looks at the socket table may take. */
const lookShare = 0.01;
const everyMs = 1000;
/** CPU time of one row before any was read, with the parser's usual speed (bench/README.md). */
const usualUsPerRow = 1.5;

/**
 * Reads counters once a second, and the socket table as often as one percent of a core allows: always at the end, at the
 * beginning if two looks are cheap enough. A TIME_WAIT tells its age, so that one look shows a minute of its past.
 */
export class StackWatch {
  private readonly view: StackView;
  private usPerRow = usualUsPerRow;
  private spentMs = 0;

  constructor(view: StackView) {
    this.view = view;
  }

  /** `signal`: ends the wait early; the last look is still made. */
  async watch(settings: ObservedSettings, forMs: number, signal: AbortSignal): Promise<Sightings> {
    const cpu = process.cpuUsage();
    const startedAt = monotonicMs();
    const endAt = startedAt + forMs;
    const quick = [this.view.quick()];
    const looks: SocketLook[] = [];
    this.spentMs = 0;
    const lookOnce = async (): Promise<SocketLook> => {
      const before = process.cpuUsage();
      const look = await this.view.look(settings);
      const { user, system } = process.cpuUsage(before);
      if (look.rows > 100) this.usPerRow = (user + system) / look.rows;
      this.spentMs += (user + system) / 1000;
      return look;
    };
    for (let n = 1; !signal.aborted; n++) {
      if (this.isAffordable(quick.at(-1) as QuickLook, startedAt, forMs)) looks.push(await lookOnce());
      const due = startedAt + n * everyMs;
      // A look so near to the end would show what the last one shows.
      if (due >= endAt - everyMs / 2) break;
      await pause(due - monotonicMs(), signal);
      if (!signal.aborted) quick.push(this.view.quick());
    }
    await pause(endAt - monotonicMs(), signal);
    quick.push(this.view.quick());
    looks.push(await lookOnce());
    const { user, system } = process.cpuUsage(cpu);
    return { quick, looks, cpuMs: (user + system) / 1000 };
  }

  /** Whether a look now, and the one at the end, stay within the share; time that has passed may be used up. */
  private isAffordable({ tw, inUse }: QuickLook, startedAt: number, forMs: number): boolean {
    const costMs = ((tw + inUse) * this.usPerRow) / 1000 + 0.2;
    const passedMs = monotonicMs() - startedAt;
    const left = lookShare * forMs - costMs - this.spentMs;
    // In the first second the whole observation's share may be used, because what changes is worth most from there.
    return costMs <= left && (passedMs < everyMs || this.spentMs + costMs <= lookShare * (passedMs + everyMs));
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}
