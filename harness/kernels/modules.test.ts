import { expect, it } from 'vitest';
import { moduleSet } from './modules.ts';

const dep = [
  'kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio.ko',
  'kernel/drivers/virtio/virtio.ko:',
  'kernel/net/9p/9pnet-virtio.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/drivers/virtio/virtio.ko',
  'kernel/net/9p/9pnet.ko.xz:',
  'kernel/fs/9p/9p.ko: kernel/fs/netfs.ko kernel/net/9p/9pnet.ko.xz',
  'kernel/fs/netfs.ko:',
  'kernel/fs/overlayfs/overlay.ko:',
].join('\n');

it('puts every module after those it depends on, each once', () => {
  const { files, missing } = moduleSet(dep, 'kernel/drivers/net/veth.ko\n');
  expect(missing).toEqual([]);
  expect(new Set(files).size).toBe(files.length);
  for (const line of dep.split('\n')) {
    const [file = '', needs = ''] = line.split(':');
    for (const needed of needs.trim().split(' ').filter(Boolean)) {
      expect(files.indexOf(needed)).toBeLessThan(files.indexOf(file));
    }
  }
});

it('names required modules that are neither files nor built in', () => {
  expect(moduleSet(dep, '').missing).toEqual(['veth']);
  expect(moduleSet('', 'kernel/fs/9p/9p.ko\nkernel/drivers/net/veth.ko').missing).toEqual([
    'virtio_pci',
    '9pnet_virtio',
    'overlay',
  ]);
});
