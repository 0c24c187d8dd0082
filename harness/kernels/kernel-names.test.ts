import { describe, expect, it } from 'vitest';
import { compareReleases, listedKernels, newestPackage, readKernelNames } from './kernel-names.ts';

describe('readKernelNames', () => {
  it('reads the host, versions, and files with their modules', () => {
    expect(readKernelNames('host, 6.12,./bzImage,modules=lib/modules/6.9.0')).toEqual({
      kernels: [
        { kind: 'host', label: 'host' },
        { kind: 'package', label: '6.12', version: '6.12' },
        { kind: 'file', label: 'bzImage', image: './bzImage', modules: 'lib/modules/6.9.0' },
      ],
      issues: [],
    });
  });

  it('reports every problem at once', () => {
    const { kernels, issues } = readKernelNames('modules=x,newest,,6.1,6.1,./a,modules=,./..');
    expect(kernels.map(({ label }) => label)).toEqual(['6.1', 'a']);
    expect(issues.map(({ message }) => message)).toEqual([
      "'modules=x' does not follow a kernel file",
      "'newest' is not a kernel",
      'a name is empty',
      "'6.1' is named twice",
      'modules= names no folder',
      "'./..' is not a kernel",
    ]);
  });
});

describe('newestPackage', () => {
  const names = [
    'linux-image-6.1.0-9-amd64-unsigned',
    'linux-image-6.1.0-56-amd64-unsigned',
    'linux-image-6.1.0-57-rt-amd64-unsigned',
    'linux-image-6.1.0-58-cloud-amd64-unsigned',
    'linux-image-6.1.0-59-amd64-dbg',
    'linux-image-6.12.117+deb12-amd64-unsigned',
    'linux-image-unsigned-6.8.0-45-generic',
    'linux-modules-6.8.0-45-generic',
    'linux-image-unsigned-6.11.0-29-generic',
  ];

  it('takes the highest number, and no real-time, cloud or debug package', () => {
    expect(newestPackage('6.1', names)).toEqual({
      release: '6.1.0-56-amd64',
      packages: ['linux-image-6.1.0-56-amd64-unsigned'],
    });
  });

  it('takes the modules of Ubuntu from their own package, and no image without them', () => {
    expect(newestPackage('6.8', names)?.packages).toEqual([
      'linux-image-unsigned-6.8.0-45-generic',
      'linux-modules-6.8.0-45-generic',
    ]);
    expect(newestPackage('6.11', names)).toBeNull();
  });

  it('does not take 6.12 for 6.1, and takes a whole release', () => {
    expect(newestPackage('6.1', names.slice(5))).toBeNull();
    expect(newestPackage('6.1.0-9', names)?.release).toBe('6.1.0-9-amd64');
  });

  it('lists the newest of each version, newest first', () => {
    expect(listedKernels(names).map(({ release }) => release)).toEqual([
      '6.12.117+deb12-amd64',
      '6.8.0-45-generic',
      '6.1.0-56-amd64',
    ]);
    expect(compareReleases('6.2', '6.12')).toBeLessThan(0);
  });
});
