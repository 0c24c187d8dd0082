/*
 * nftables rulesets that scenarios load into a peer. They drop incoming packets: the sender's kernel retransmits them,
 * as after a loss on the wire.
 */

/** Drops the first `copies` of every connection's FIN, so that both ends can be in FIN_WAIT1 when one arrives. */
export function loseFirstFins(copies: 1 | 2): string {
  const set = (name: string) =>
    `set ${name} { type inet_service . inet_service; flags dynamic,timeout; timeout 30s; size 65535; }`;
  const once = 'tcp flags & fin == fin add @once { tcp sport . tcp dport } drop';
  const twice = 'tcp flags & fin == fin tcp sport . tcp dport @once add @twice { tcp sport . tcp dport } drop';
  const pass = `tcp flags & fin == fin tcp sport . tcp dport @${copies === 1 ? 'once' : 'twice'} accept`;
  return [
    'table inet timewait-lab {',
    set('once'),
    set('twice'),
    'chain arriving {',
    'type filter hook input priority 0;',
    pass,
    ...(copies === 2 ? [twice] : []),
    once,
    '}',
    '}',
  ].join('\n');
}

/** Drops this percentage of the ACKs that answer this peer's FIN: the last ACK of a connection it closes second. */
export function loseLastAcks(percent: number): string {
  return [
    'table inet timewait-lab {',
    'set closing { type inet_service . inet_service; flags dynamic,timeout; timeout 30s; size 65535; }',
    'chain leaving {',
    'type filter hook output priority 0;',
    'tcp flags & fin == fin update @closing { tcp sport . tcp dport }',
    '}',
    'chain arriving {',
    'type filter hook input priority 0;',
    // A new connection with the same ports is not closing.
    'tcp flags & (syn|ack) == syn delete @closing { tcp dport . tcp sport }',
    `tcp flags & (fin|syn|rst|ack) == ack tcp dport . tcp sport @closing numgen random mod 100 < ${percent} drop`,
    '}',
    '}',
  ].join('\n');
}

/** Counts connections and changes nothing: conntrack tracks only if a rule uses the connection state. */
export const trackConnections = [
  'table inet timewait-lab {',
  'chain arriving { type filter hook input priority 0; ct state new accept; }',
  'chain leaving { type filter hook output priority 0; ct state new accept; }',
  '}',
].join('\n');

/** Source NAT to the address of interface `out`, using only these ports. */
export function sourceNat(out: string, ports: { low: number; high: number }): string {
  return [
    'table inet timewait-lab {',
    'chain leaving {',
    'type nat hook postrouting priority 100;',
    `oifname "${out}" meta l4proto tcp masquerade to :${ports.low}-${ports.high}`,
    '}',
    '}',
  ].join('\n');
}
