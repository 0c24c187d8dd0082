import { describe, expect, it, vi } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { Scenario } from '../model/scenario.ts';
import { type Candidate, chooseRuntime } from './choose.ts';
import type { Availability } from './runtime.ts';

function candidates(state: { boxes: Partial<Availability>; bare: Partial<Availability> }): Candidate[] {
  return [
    {
      name: 'boxes',
      capabilities: { images: true, slab: false, ipv6: true },
      availability: async () => ({ available: true, detail: 'B', hint: 'fix B', ...state.boxes }),
    },
    {
      name: 'bare',
      capabilities: { images: false, slab: true, ipv6: true },
      availability: async () => ({ available: true, detail: 'N', hint: 'fix N', ...state.bare }),
    },
  ];
}

const away = { available: false };
const unprepared = { preparation: 'images are built first' };

const plain = scenarioNamed('short-conn');
const readsSlab = Scenario.parse({ ...plain, watchSlab: 'client' });
const withImage = Scenario.parse({ ...plain, peers: { ...plain.peers, server: { image: { reference: 'nginx' } } } });

describe('chooseRuntime auto', () => {
  it('takes the first that is ready, and checks no other', async () => {
    const both = candidates({ boxes: {}, bare: {} });
    const bare = vi.spyOn(both[1] as Candidate, 'availability');
    expect(await chooseRuntime('auto', both)).toEqual({ name: 'boxes', why: 'B' });
    expect(bare).not.toHaveBeenCalled();
  });

  it('prefers one that is ready to one that must be prepared, and says why', async () => {
    const choice = await chooseRuntime('auto', candidates({ boxes: unprepared, bare: {} }));
    expect(choice).toEqual({ name: 'bare', why: 'N; not boxes: B' });
  });

  it('prepares one if none is ready', async () => {
    const choice = await chooseRuntime('auto', candidates({ boxes: unprepared, bare: away }));
    expect(choice).toEqual({ name: 'boxes', why: 'B; images are built first; not bare: N' });
  });

  it('skips runtimes that can run none of the scenarios', async () => {
    const both = candidates({ boxes: {}, bare: {} });
    expect((await chooseRuntime('auto', both, [readsSlab])).name).toBe('bare');
    expect((await chooseRuntime('auto', both, [withImage])).name).toBe('boxes');
    expect((await chooseRuntime('auto', both, [readsSlab, plain])).name).toBe('boxes');
  });

  it('ends with exit code 3, every reason and every hint if none works', async () => {
    const failing = chooseRuntime('auto', candidates({ boxes: away, bare: away }));
    await expect(failing).rejects.toMatchObject({
      code: 'NO_RUNTIME',
      exitCode: 3,
      message: 'no runtime works here: boxes: B; bare: N',
      hint: 'boxes: fix B; bare: fix N',
    });
  });
});

it('says why each runtime was rejected, including those that cannot run the scenarios', async () => {
  const failing = chooseRuntime('auto', candidates({ boxes: away, bare: {} }), [withImage]);
  await expect(failing).rejects.toMatchObject({
    message: 'no runtime works here: boxes: B; the runtime bare cannot run container images',
    hint: 'boxes: fix B',
  });
});

describe('chooseRuntime by name', () => {
  it('takes the requested one, prepared or not', async () => {
    expect((await chooseRuntime('boxes', candidates({ boxes: unprepared, bare: {} }))).name).toBe('boxes');
  });

  it('never falls back', async () => {
    const failing = chooseRuntime('boxes', candidates({ boxes: away, bare: {} }));
    await expect(failing).rejects.toMatchObject({ code: 'NO_BOXES', exitCode: 3, hint: 'fix B' });
  });

  it('rejects one that can run none of the scenarios, and names one that can', async () => {
    const failing = chooseRuntime('bare', candidates({ boxes: {}, bare: {} }), [withImage]);
    await expect(failing).rejects.toMatchObject({
      exitCode: 3,
      message: 'the runtime bare cannot run container images',
      hint: '--runtime boxes',
    });
  });

  it('rejects an unknown name as a usage error', async () => {
    const failing = chooseRuntime('fake', candidates({ boxes: {}, bare: {} }));
    await expect(failing).rejects.toMatchObject({ exitCode: 2, hint: 'one of auto, boxes, bare' });
  });
});
