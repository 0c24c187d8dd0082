import type { MeasuredCell } from '../../harness/model/report.ts';
import { sampleCell, samplePeer, sampleServer } from './report.ts';

const read = { 'Tcp.AttemptFails': 0, 'Tcp.EstabResets': 0, 'Tcp.RetransSegs': 0, 'TcpExt.TCPAbortOnData': 0 };

/** 1,000 connections that the client closed first, with every counter of their packets: `sent` by the client, 4,000 by the server. */
export function sampleCountedCell(over: Partial<MeasuredCell> = {}, sent = 6000): MeasuredCell {
  const [client, server] = [samplePeer(), sampleServer()];
  return sampleCell({
    peers: {
      client: { ...client, counters: { ...client.counters, ...read, 'Tcp.OutSegs': sent, 'Tcp.InSegs': 4000 } },
      server: { ...server, counters: { ...server.counters, ...read, 'Tcp.OutSegs': 4000, 'Tcp.InSegs': sent } },
    },
    ...over,
  });
}
