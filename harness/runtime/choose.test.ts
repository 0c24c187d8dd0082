import { describe, expect, it } from 'vitest';
import { type Candidates, chooseRuntime } from './choose.ts';

function candidates(state: { netns: boolean; docker: boolean; imagesBuilt?: boolean }): Candidates {
  return {
    netns: async () => ({ available: state.netns, detail: 'N', hint: 'mend N' }),
    docker: async () => ({
      available: state.docker,
      imagesBuilt: state.imagesBuilt ?? false,
      detail: 'D',
      hint: 'mend D',
    }),
  };
}

describe('chooseRuntime auto', () => {
  it('takes docker when its images are built', async () => {
    const chosen = await chooseRuntime('auto', candidates({ netns: true, docker: true, imagesBuilt: true }));
    expect(chosen).toEqual({ name: 'docker', why: 'D' });
  });
  it('takes netns before it builds images, and says why', async () => {
    const chosen = await chooseRuntime('auto', candidates({ netns: true, docker: true }));
    expect(chosen).toEqual({ name: 'netns', why: 'N; not docker: D' });
  });
  it('builds images where there is no netns', async () => {
    const chosen = await chooseRuntime('auto', candidates({ netns: false, docker: true }));
    expect(chosen.name).toBe('docker');
  });
  it('asks for exit code 3 with both reasons where nothing works', async () => {
    const failing = chooseRuntime('auto', candidates({ netns: false, docker: false }));
    await expect(failing).rejects.toMatchObject({ exitCode: 3, hint: 'mend N', message: expect.stringContaining('D') });
  });
});

describe('chooseRuntime by name', () => {
  it('takes what was asked for, images or not', async () => {
    expect((await chooseRuntime('docker', candidates({ netns: true, docker: true }))).name).toBe('docker');
  });
  it('never falls back', async () => {
    const failing = chooseRuntime('docker', candidates({ netns: true, docker: false }));
    await expect(failing).rejects.toMatchObject({ code: 'NO_DOCKER', exitCode: 3, hint: 'mend D' });
  });
});
