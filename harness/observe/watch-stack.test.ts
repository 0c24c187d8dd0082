import { expect, it } from 'vitest';
import type { SocketLook } from '../model/socket-look.ts';
import { monotonicMs } from '../probe/clock.ts';
import type { ObservedSettings, StackView } from './stack-view.ts';
import { StackWatch } from './watch-stack.ts';

/** A table of so many sockets that takes no time to read: what it costs is an estimate until it was read. */
function viewOf(sockets: number): StackView {
  const look = (): SocketLook => ({
    ...{ t: monotonicMs(), tookMs: 0, longestReadMs: null, rows: 0, groups: [], listeners: [], living: [] },
  });
  const quick = () => ({ t: monotonicMs(), counters: {}, tw: sockets, inUse: 0, inUse6: 0 });
  return { look: async () => look(), quick } as unknown as StackView;
}

async function watch(sockets: number, mayBeLonger: boolean) {
  const longer: [number, number][] = [];
  const length = { forMs: 300, mayBeLonger, onLonger: (...why: [number, number]) => longer.push(why), afterMs: 0 };
  const startedAt = monotonicMs();
  const { signal } = new AbortController();
  const { looks } = await new StackWatch(viewOf(sockets), () => {}).watch({} as ObservedSettings, length, signal);
  return { longer, tookMs: monotonicMs() - startedAt, looks: looks.length };
}

it('lasts longer where a look at the table would take more than 1 % of a core', async () => {
  const { longer, tookMs, looks } = await watch(3000, true);
  const [[ms, sockets] = [0, 0]] = longer;
  expect([longer.length, sockets, looks]).toEqual([1, 3000, 1]);
  // 3,000 rows and the walk: some 8 ms.
  expect(ms).toBeGreaterThan(800);
  expect(tookMs).toBeGreaterThanOrEqual(ms - 5);
});

it('lasts as long as it was told, if it was', async () => {
  const { longer, tookMs } = await watch(3000, false);
  expect(longer).toEqual([]);
  expect(tookMs).toBeLessThan(800);
});
