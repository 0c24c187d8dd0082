import { expect, it } from 'vitest';
import { SsProcess } from './ss-process.ts';

it('dumps again and again, one at a time, with IPv6 and without', async () => {
  const ss = new SsProcess();
  const texts = await Promise.all([ss.dump(true), ss.dump(false), ss.dump(true)]);
  for (const text of texts) {
    expect(text).not.toBeNull();
    expect(text).not.toContain('end ');
  }
});
