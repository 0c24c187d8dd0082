import { describe, expect, it } from 'vitest';
import { sampleCountedCell } from '../../../test/samples/connection.ts';
import { sampleCell, samplePeer, sampleReport, sampleServer } from '../../../test/samples/report.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { connectionTable } from '../text/connection-table.ts';
import { reportView } from '../view.ts';
import { html } from './html.ts';

const page = (cells: MeasuredCell[]) => html.render(reportView(sampleReport({ cells })));
const figures = (text: string) => text.match(/<figure><svg[\s\S]*?<\/figure>/g) ?? [];

describe('one connection in report.html', () => {
  it('is a drawing with the same content as text, folded', () => {
    const text = page([sampleCountedCell()]);
    const [figure = ''] = figures(text);
    expect(text).toContain('<details class="connection"><summary>One connection, packet by packet</summary>');
    expect(figure).toContain('role="img"');
    expect(figure).toContain(
      'client sends FIN ACK: client FIN_WAIT1, server CLOSE_WAIT; server sends FIN ACK: client TIME_WAIT 60 s, server LAST_ACK; client sends ACK: server CLOSED.',
    );
    expect(figure).toContain('Known sequence of the close policy client-fin; not captured.');
    expect(figure).toContain('1,000 of 1,000 connections of tw-reuse-0 followed it');
  });

  it('has an arrow and a text for each of ten packets', () => {
    const [figure = ''] = figures(page([sampleCountedCell()]));
    const [lines = '', heads = ''] = [...figure.matchAll(/<path(?: class="heads")? d="([^"]*)"/g)]
      .map(([, d]) => d ?? '')
      .filter((d) => d.includes('L'));
    expect(lines.match(/M/g)).toHaveLength(10);
    expect(heads.match(/z/g)).toHaveLength(10);
  });

  it('has no style of its own, which the Content-Security-Policy of the page would refuse', () => {
    const [figure = ''] = figures(page([sampleCountedCell()]));
    expect(figure).not.toMatch(/\sstyle=|<style|url\(/);
  });

  it('is drawn once for all profiles that close in the same way', () => {
    const found = figures(page([sampleCountedCell(), sampleCountedCell({ id: 'b', profile: 'tw-reuse-1' })]));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('2,000 of 2,000 connections of tw-reuse-0, tw-reuse-1');
  });

  it('leaves out packets that the counters do not confirm', () => {
    const [figure = ''] = figures(page([sampleCountedCell({}, 7000)]));
    expect(figure).toContain('>request and answer</text>');
    expect(figure).not.toContain('The kernel of client counted');
  });

  it('is absent where the counters do not show how connections end', () => {
    expect(page([sampleCell()])).not.toContain('packet by packet');
  });
});

describe('one connection on the page of a scenario', () => {
  it('is a table of packets with the states where they change', () => {
    const [note, , table = ''] = connectionTable([{ name: 'tw-reuse-0', cell: sampleCountedCell() }]);
    expect(note).toContain('Known sequence of the close policy client-fin; not captured.');
    const rows = table.split('\n').map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(rows.slice(2)).toEqual([
      ['SYN_SENT', 'SYN →', 'SYN_RECV'],
      ['ESTABLISHED', '← SYN ACK', ''],
      ['', 'ACK →', 'ESTABLISHED'],
      ['', 'request →', ''],
      ['', '← ACK', ''],
      ['', '← answer', ''],
      ['', 'ACK →', ''],
      ['FIN_WAIT1', 'FIN ACK →', 'CLOSE_WAIT'],
      ['TIME_WAIT 60 s', '← FIN ACK', 'LAST_ACK'],
      ['', 'ACK →', 'CLOSED'],
    ]);
  });

  it('names the cells that close in another way', () => {
    const timeWait = (created: number) => ({ created, recycled: 0, overflowed: 0, peak: created, live: created });
    const { peers } = sampleCountedCell();
    const other = sampleCountedCell({
      peers: {
        client: { ...(peers.client ?? samplePeer()), timeWait: timeWait(0) },
        server: { ...(peers.server ?? sampleServer()), timeWait: timeWait(1000) },
      },
    });
    const [note] = connectionTable([
      { name: 'a', cell: sampleCountedCell() },
      { name: 'b', cell: other },
    ]);
    expect(note).toMatch(/ b: server-fin\.$/);
  });

  it('is absent where no cell shows how its connections end', () => {
    expect(connectionTable([{ name: 'a', cell: sampleCell() }])).toEqual([]);
  });
});
