import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleServer } from '../../../test/samples/report.ts';
import { settingLabel, settingRows, settingText } from './settings.ts';

const reuse = 'net.ipv4.tcp_tw_reuse';
const range = 'net.ipv4.ip_local_port_range';
const defaults = { [reuse]: '2', [range]: '32768\t60999', 'net.core.somaxconn': '4096' };

const sysctls = (requested: Record<string, string>, effective: Record<string, string | null> = requested) => ({
  requested,
  effective: { ...defaults, ...effective },
  defaults,
});
const cell = (client: ReturnType<typeof sysctls>, server = client) =>
  sampleCell({ peers: { client: samplePeer({ sysctls: client }), server: sampleServer({ sysctls: server }) } });
const text = (cells: (ReturnType<typeof cell> | null)[]) =>
  settingRows(cells).map((row) => [settingLabel(row), ...row.values.map((v) => (v === null ? '—' : settingText(v)))]);

describe('settingRows', () => {
  it('leaves out defaults that were not requested', () => {
    expect(text([cell(sysctls({}))])).toEqual([]);
  });

  it('shows requested settings, defaults included, in one row where all peers have the same', () => {
    const cells = [cell(sysctls({ [reuse]: '0' })), cell(sysctls({ [reuse]: '2' })), null];
    expect(text(cells)).toEqual([[reuse, '0 (kernel default 2)', '2 (kernel default)', '—']]);
  });

  it('has a row for each kind of peer where they differ', () => {
    expect(text([cell(sysctls({ [reuse]: '1' }), sysctls({}))])).toEqual([
      [`${reuse} at client`, '1 (kernel default 2)'],
    ]);
  });

  it('shows unrequested non-defaults, settings that did not take effect, and keys that do not exist', () => {
    const found = cell(
      sysctls({ [reuse]: '1', 'net.ipv4.gone': '1' }, { [reuse]: '2', [range]: '1024 65535', 'net.ipv4.gone': null }),
    );
    expect(text([found])).toEqual([
      ['net.ipv4.gone', 'does not exist here (requested 1)'],
      [range, '1024 65535 (kernel default 32768 60999)'],
      [reuse, '2 (requested 1; kernel default)'],
    ]);
  });

  it('does not know the defaults of an older report', () => {
    const { defaults: _, ...older } = sysctls({ [reuse]: '1' });
    expect(text([cell(older as ReturnType<typeof sysctls>)])).toEqual([[reuse, '1']]);
  });
});
