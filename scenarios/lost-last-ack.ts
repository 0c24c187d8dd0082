import type { ScenarioInput } from '../harness/model/scenario.ts';
import { loseLastAcks } from './rulesets.ts';

export const lostLastAck: ScenarioInput = {
  name: 'lost-last-ack',
  title: 'the last ACK is lost: LAST_ACK at the server, FINs again, and a SYN that meets them',
  story:
    "Half of the ACKs that answer the server's FIN are dropped. The server stays in LAST_ACK and sends its FIN again; " +
    "the client's TIME_WAIT answers each one and starts its 60 s anew: this is what TIME_WAIT is for. With reuse a " +
    'new SYN from the same port can meet a LAST_ACK: the server answers with a challenge ACK, the client with a RST ' +
    'and the SYN again.',
  advice:
    'Nothing about TIME_WAIT, which is doing its work here; look for the loss. This is why ' +
    '`tcp_max_tw_buckets` and RST on close are dangerous: without the TIME_WAIT nobody answers the FIN.',
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
    { text: 'and sends FINs again', holds: 'server.counters.Tcp.RetransSegs > 0.2 * load.completed' },
    { text: "the TIME_WAIT is the client's alone", holds: 'server.timeWait.created == 0' },
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
