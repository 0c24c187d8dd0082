import { describe, expect, it } from 'vitest';
import { type ConfPlace, reviewConf } from './conf-review.ts';

const nowhere: ConfPlace = { present: new Set(), listeners: [] };
const brief = (text: string, place = nowhere) =>
  reviewConf(text, place).map(({ line, fate, effect }) => [line, fate, ...(effect === undefined ? [] : [effect])]);

describe('a copied block of settings', () => {
  const copied = [
    '# high traffic',
    'net.ipv4.tcp_syncookies = 1',
    'net.ipv4.tcp_tw_reuse = 1',
    'net.ipv4.tcp_tw_recycle = 1',
    'net.ipv4.tcp_fin_timeout = 15',
    'net.ipv4.ip_local_port_range = 1024 65000',
    'net.ipv4.tcp_max_tw_buckets = 5000',
    'net.core.netdev_max_backlog = 65535',
    'net.ipv4.tcp_timestamps = 0',
    'fs.file-max = 999999',
    'net.ipv4.tcp_tw_resue = 1',
    'net.ipv4.tcp_keepalive_time',
  ].join('\n');

  it('is sorted line by line', () => {
    expect(brief(copied)).toEqual([
      [2, 'applied', 'none'],
      [3, 'applied', 'defeated'],
      [4, 'removed'],
      [5, 'applied', 'none'],
      [6, 'applied', 'defeated'],
      [7, 'applied', 'defeated'],
      [8, 'machine-wide'],
      [9, 'applied', 'defeated'],
      [10, 'machine-wide'],
      [11, 'unknown'],
      [12, 'invalid'],
    ]);
  });

  it('says since when, what instead, and the nearest key', () => {
    const notes = new Map(reviewConf(copied, nowhere).map(({ line, note }) => [line, note]));
    expect(notes.get(4)).toContain('4.12');
    expect(notes.get(5)).toContain('FIN_WAIT2');
    expect(notes.get(6)).toContain('3306');
    expect(notes.get(7)).toContain('83 connections a second');
    expect(notes.get(11)).toContain('did you mean net.ipv4.tcp_tw_reuse?');
  });
});

it('takes no range that the kernel would reject, and evaluates no pattern', () => {
  const lines = reviewConf('net.ipv4.ip_local_port_range = 1024-65535\nnet.ipv4.conf.*.rp_filter = 2', nowhere);
  expect(lines).toMatchObject([
    { fate: 'invalid', note: expect.stringContaining("write '1024 65535', with a space") },
    { fate: 'pattern', note: expect.stringContaining('not evaluated') },
  ]);
});

it('does not call reuse self-defeating where timestamps are on, nor a range whose listeners are reserved', () => {
  expect(brief('net.ipv4.tcp_tw_reuse=1\nnet.ipv4.tcp_timestamps=1')).toEqual([
    [1, 'applied', 'acts'],
    [2, 'applied', 'acts'],
  ]);
  const range = 'net.ipv4.ip_local_port_range = 20000 65000';
  const listening = { ...nowhere, listeners: [30_000] };
  expect(brief(range, listening)).toEqual([[1, 'applied', 'defeated']]);
  const reserved = `${range}\nnet.ipv4.ip_local_reserved_ports = 27017,30000`;
  expect(brief(reserved, listening)[0]).toEqual([1, 'applied', 'acts']);
});

it('keeps the last of a key that is set twice, however it is written', () => {
  expect(brief('net.ipv4.tcp_tw_reuse = 0\n-net/ipv4/tcp_tw_reuse = 1')).toEqual([
    [1, 'overridden'],
    [2, 'applied', 'acts'],
  ]);
});
