/** One row of /proc/net/tcp. Ports are numbers, the state is the kernel's number (tcp_states.h). */
export interface ProcTcpRow {
  localPort: number;
  remotePort: number;
  state: number;
}

export const kernelTimeWait = 6;
export const kernelListen = 10;

/**
 * Parses /proc/net/tcp or tcp6. For few sockets only: with tens of thousands the file costs tens of milliseconds.
 * Source: net/ipv4/tcp_ipv4.c tcp4_seq_show.
 */
export function parseProcNetTcp(text: string): ProcTcpRow[] {
  const rows: ProcTcpRow[] = [];
  for (const match of text.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) /gm)) {
    rows.push({
      localPort: Number.parseInt(match[1] as string, 16),
      remotePort: Number.parseInt(match[2] as string, 16),
      state: Number.parseInt(match[3] as string, 16),
    });
  }
  return rows;
}

/**
 * Ports whose listeners are all bound to one address, such as Docker's resolver on 127.0.0.11: bind(2) may still take them
 * for another address, while connect(2) without bind(2) skips them (net/ipv4/inet_connection_sock.c
 * inet_csk_bind_conflict).
 */
export function portsOfOneAddress(text: string): Set<number> {
  const isOfAll = new Map<number, boolean>();
  const rows = text.matchAll(/^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm);
  for (const [, address = '', hex = ''] of rows) {
    const port = Number.parseInt(hex, 16);
    isOfAll.set(port, /^0+$/.test(address) || isOfAll.get(port) === true);
  }
  return new Set([...isOfAll].flatMap(([port, all]) => (all ? [] : [port])));
}

/** Ports with a listener. Does not connect to them, because a connection would be counted. */
export function listeningPorts(text: string): Set<number> {
  return new Set(
    parseProcNetTcp(text)
      .filter((row) => row.state === kernelListen)
      .map((row) => row.localPort),
  );
}
