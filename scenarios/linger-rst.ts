import type { ScenarioInput } from '../harness/model/scenario.ts';
import { resetMessages } from './messages.ts';

export const lingerRst: ScenarioInput = {
  name: 'linger-rst',
  title: 'SO_LINGER 0: the client ends every connection with RST, nobody keeps a TIME_WAIT',
  story:
    'close() with SO_LINGER 0 sends RST instead of FIN. There is no TIME_WAIT on either side and ports do not run ' +
    'out, but data not yet sent or read is lost, and the other side gets an error instead of end-of-file.',
  symptoms: { groups: ['resets'], messages: [...resetMessages] },
  advice:
    'Do not use it: SO_LINGER 0 loses data not yet sent or read, and the other side sees ECONNRESET. It is only for ' +
    'connections that are broken anyway.',
  columns: ['client.counters.Tcp.OutRsts', 'server.counters.Tcp.EstabResets'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-rst',
    arrival: { loop: 'open', ratePerSec: 1000 },
    durationMs: 70_000,
  },
  quick: { load: { arrival: { loop: 'open', ratePerSec: 800 }, durationMs: 3000 } },
  profiles: ['tw-reuse-0'],
  expectations: [
    { text: 'nothing runs out', holds: 'verdict == healthy' },
    { text: 'no TIME_WAIT at the client', holds: 'client.timeWait.created == 0' },
    { text: 'no TIME_WAIT at the server', holds: 'server.timeWait.created == 0' },
    { text: 'a RST for every connection', holds: 'client.counters.Tcp.OutRsts >= load.completed' },
    { text: 'the server counts each of them as a reset', holds: 'server.counters.Tcp.EstabResets >= load.completed' },
  ],
};
