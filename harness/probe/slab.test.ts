import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSlab, slabGauges } from './slab.ts';

it('reads whole pages, and a merged cache once', () => {
  const root = mkdtempSync(join(tmpdir(), 'slab-'));
  const cache = (name: string, slabs: number, order: number) => {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'slabs'), `${slabs} N0=${slabs}\n`);
    writeFileSync(join(root, name, 'order'), `${order}\n`);
  };
  cache('tw_sock_TCP', 10, 0);
  cache(':A-0000128', 3, 1);
  for (const name of ['tcp_bind_bucket', 'tcp_bind2_bucket']) symlinkSync(':A-0000128', join(root, name));
  expect(readSlab(root, 4096)).toEqual({ timeWaitBytes: 40_960, bucketBytes: 24_576 });
  // An arm64 kernel with pages of 64 KiB.
  expect(readSlab(root, 65_536)).toEqual({ timeWaitBytes: 655_360, bucketBytes: 393_216 });
  expect(readSlab(root, null)).toBeNull();
});

it('returns nothing if the kernel shows nothing, or there are too few sockets', () => {
  expect(readSlab('/nowhere')).toBeNull();
  const zero = { timeWaitBytes: 0, bucketBytes: 0 };
  expect(slabGauges(zero, { timeWaitBytes: 4096, bucketBytes: 4096 }, 10)).not.toHaveProperty('slab.bytesPerTimeWait');
  expect(slabGauges(zero, { timeWaitBytes: 2_560_000, bucketBytes: 2_560_000 }, 10_000)).toMatchObject({
    'slab.bytesPerTimeWait': 512,
    'slab.socketBytesPerTimeWait': 256,
  });
});
