import type { ScenarioInput } from '../harness/model/scenario.ts';
import { loseLastAcks } from './rulesets.ts';

export const lostLastAck: ScenarioInput = {
  name: 'lost-last-ack',
  title: 'the last ACK is lost: LAST_ACK at the server, retransmitted FINs, and SYNs that meet LAST_ACK',
  story:
    "Half of the ACKs that answer the server's FIN are dropped. The server stays in LAST_ACK and retransmits its " +
    "FIN; the client's TIME_WAIT answers each one and restarts its 60 s: this is what TIME_WAIT is for. With " +
    'reuse a new SYN from the same port can meet a LAST_ACK: the server answers with a challenge ACK, the client ' +
    'sends a RST and then the SYN again.',
  symptoms: { groups: ['CLOSE_WAIT', 'resets'], messages: ['LAST_ACK'] },
  advice:
    'Leave TIME_WAIT alone: it does its job here. Look for the packet loss. This is why a low ' +
    '`tcp_max_tw_buckets` and RST on close are dangerous: without the TIME_WAIT nothing acknowledges the FIN.',
  columns: ['server.states.LAST_ACK.peak', 'server.counters.Tcp.RetransSegs', 'server.counters.TcpExt.TCPChallengeACK'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }], nftables: loseLastAcks(50) },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 300 },
    durationMs: 20_000,
    observeMs: 3000,
  },
  quick: { load: { durationMs: 5000, observeMs: 2000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  expectations: [
    { text: 'the server is seen in LAST_ACK', holds: 'server.states.LAST_ACK.peak > 0' },
    { text: 'the server retransmits FINs', holds: 'server.counters.Tcp.RetransSegs > 0.2 * load.completed' },
    { text: 'only the client has TIME_WAITs', holds: 'server.timeWait.created == 0' },
    {
      text: 'with reuse, SYNs meet LAST_ACK and are challenged',
      holds: 'server.counters.TcpExt.TCPChallengeACK > 0',
      profiles: ['tw-reuse-1'],
    },
    {
      text: 'the client answers with RST and sends the SYN again',
      holds: 'client.counters.Tcp.OutRsts > 0 && client.counters.Tcp.RetransSegs > 0',
      profiles: ['tw-reuse-1'],
    },
  ],
};
