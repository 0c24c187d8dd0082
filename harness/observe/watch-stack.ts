import { setTimeout as sleep } from 'node:timers/promises';
import type { QuickLook, Sightings, SocketLook } from '../model/socket-look.ts';
import { monotonicMs } from '../probe/clock.ts';
import { ownCpuMs } from './own-cost.ts';
import type { ObservedSettings, StackView } from './stack-view.ts';

/** Shares of a core: of looks at the socket table beside the last one, and of the whole observation. */
const lookShare = 0.005;
const wholeShare = 0.008;
/** No longer than this: by then no TIME_WAIT of the beginning is left. */
const longestMs = 60_000;
/** Often, so that connections that last for milliseconds are seen; rarer in long observations, which keep 200 looks. */
const fastestMs = 100;
const mostLooks = 200;
/** CPU time of a look before any was made: of the walk over an empty table, and of a row (bench/README.md). */
const usualBaseMs = 5;
const usualUsPerRow = 1.2;
/** Fewer rows say nothing about the time of one. */
const leastRows = 2000;

/** How long an observation lasts. */
export interface Length {
  forMs: number;
  /** It may last longer, so that its last look, too, is within the share of a core. */
  mayBeLonger: boolean;
  /** Called once if it will: how long, and for how many sockets. */
  onLonger?(ms: number, sockets: number): void;
  /** CPU time that goes into an observation after its last look, ms. */
  afterMs: number;
}

/**
 * Reads the kernel's counters, and the socket table as often as half a percent of a core allows: always at the end, at the
 * beginning if two looks are cheap enough. A TIME_WAIT shows its age, so that one look shows a minute of its past.
 */
export class StackWatch {
  private readonly view: StackView;
  private readonly identify: (look: SocketLook) => void;
  private usPerRow = usualUsPerRow;
  private baseMs = usualBaseMs;
  private spentMs = 0;

  /** `identify`: finds the processes that have the sockets of a look open. */
  constructor(view: StackView, identify: (look: SocketLook) => void) {
    this.view = view;
    this.identify = identify;
  }

  /** `signal`: ends the wait early; the last look is still made. `cpuMs`: own CPU time when the observation began. */
  async watch(settings: ObservedSettings, length: Length, signal: AbortSignal, cpuMs = ownCpuMs()): Promise<Sightings> {
    const { forMs } = length;
    const startedAt = monotonicMs();
    let endAt = startedAt + forMs;
    const spent = () => ownCpuMs() - cpuMs + length.afterMs;
    const everyMs = Math.max(fastestMs, forMs / mostLooks);
    const quick = [this.view.quick()];
    const looks: SocketLook[] = [];
    this.spentMs = 0;
    let now = quick[0] as QuickLook;
    // The look at the end needs its part of the share too.
    while (
      !signal.aborted &&
      this.spentMs + 2 * this.costMs(now) <= lookShare * forMs &&
      spent() + 2 * this.costMs(now) <= wholeShare * forMs
    ) {
      looks.push(await this.lookOnce(settings, now));
      const dueMs = Math.max(now.t + everyMs - startedAt, (this.spentMs + this.costMs(now)) / lookShare - fastestMs);
      // A look so near to the end would show what the last one shows.
      if (startedAt + dueMs >= endAt - everyMs / 2) break;
      await pause(startedAt + dueMs - monotonicMs(), signal);
      now = this.view.quick();
    }
    const leastMs = Math.min(longestMs, (spent() + this.costMs(now)) / wholeShare);
    if (length.mayBeLonger && leastMs > forMs) {
      endAt = startedAt + leastMs;
      length.onLonger?.(leastMs, now.tw + now.inUse);
    }
    await pause(endAt - monotonicMs(), signal);
    const last = this.view.quick();
    quick.push(last);
    looks.push(await this.lookOnce(settings, last));
    return { quick, looks, cpuMs: ownCpuMs() - cpuMs };
  }

  private async lookOnce(settings: ObservedSettings, quick: QuickLook): Promise<SocketLook> {
    const before = ownCpuMs();
    const look = await this.view.look(settings, quick);
    const lookMs = ownCpuMs() - before;
    if (look.rows > leastRows) this.usPerRow = (lookMs * 1000) / look.rows;
    else this.baseMs = lookMs;
    this.identify(look);
    this.spentMs += ownCpuMs() - before;
    return look;
  }

  /** CPU time that a look would take. */
  private costMs({ tw, inUse }: QuickLook): number {
    return this.baseMs + ((tw + inUse) * this.usPerRow) / 1000;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}
