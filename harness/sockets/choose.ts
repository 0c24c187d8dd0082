import { netSocketTransport } from './net-socket.ts';
import { tcpHandleTransport } from './tcp-handle.ts';
import type { Transport } from './transport.ts';

/** `auto`: thin handles where this Node offers them, else net.Socket. Throws where a named one is missing. */
export function chooseTransport(wanted: string): Transport {
  if (wanted === 'net-socket') return netSocketTransport;
  const thin = tcpHandleTransport();
  if (thin !== null) return thin;
  if (wanted === 'tcp-handle') throw new Error("this Node does not offer the TCP handle; use transport 'net-socket'");
  return netSocketTransport;
}
