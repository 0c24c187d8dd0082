import { execa } from 'execa';
import type { SocketLook } from '../harness/model/socket-look.ts';
import { ownCpuMs } from '../harness/observe/own-cost.ts';
import { SocketTable } from '../harness/observe/socket-table.ts';
import { type Bed, keep, median, openBed } from './bed-parts.ts';
import { fill } from './sampling.ts';

/*
 * What a look at a whole socket table costs, by way and number of TIME_WAITs: the reading that observe does, which has
 * parsed and summed every row, beside ss, whose output nobody has parsed yet.
 */

const sizes = (process.env.BENCH_SIZES ?? '10000,100000,250000').split(',').map(Number);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);

const sysctls = {
  'net.ipv4.ip_local_port_range': '1024 65535',
  'net.ipv4.tcp_max_tw_buckets': '2000000',
  'net.ipv4.tcp_tw_reuse': '0',
};

interface Cost {
  cpuMs: number;
  wallMs: number;
}

/** A command inside the client's namespace; its CPU time as the shell measures it. */
async function command(bed: Bed, words: string): Promise<Cost> {
  const inside = `nsenter -t ${bed.client.peer.pid} -n ${words} >/dev/null`;
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    const { stderr } = await execa('bash', ['-c', `TIMEFORMAT='%3R %3U %3S'; time ${inside}`]);
    const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
    costs.push({ cpuMs: (user + system) * 1000, wallMs: wall * 1000 });
  }
  return { cpuMs: median(costs.map((one) => one.cpuMs)), wallMs: median(costs.map((one) => one.wallMs)) };
}

/** Reads, parses and sums all sockets. CPU time over all rounds, because that of commands comes in steps of 10 ms. */
async function look(
  table: SocketTable,
  expected: number,
): Promise<Cost & { rows: number; longestReadMs: number | null }> {
  const looks: SocketLook[] = [];
  const before = ownCpuMs();
  for (let round = 0; round < rounds; round++)
    looks.push(await table.look({ low: 1024, high: 65535 }, { expected, timeWaits: expected, inUse6: 0 }));
  const longest = looks.flatMap(({ longestReadMs }) => longestReadMs ?? []);
  return {
    cpuMs: (ownCpuMs() - before) / rounds,
    wallMs: median(looks.map(({ tookMs }) => tookMs)),
    rows: looks[0]?.rows ?? 0,
    longestReadMs: longest.length === 0 ? null : median(longest),
  };
}

export default async function run(): Promise<void> {
  const rows: (string | number)[][] = [];
  const raw: object[] = [];
  for (const size of sizes) {
    const bed = await openBed(sysctls);
    try {
      await fill(bed, size);
      const folder = `/proc/${bed.client.peer.pid}/net`;
      const open = () => new SocketTable(folder, `/proc/${bed.client.peer.pid}/ns/net`);
      const viaSs = await look(open(), size);
      // Few sockets expected: the text of the kernel.
      const viaProc = await look(open(), 0);
      const ways = {
        'ss -Htan': await command(bed, 'ss -Htan'),
        'ss -Htano state time-wait': await command(bed, 'ss -Htano state time-wait'),
        'ss -Htan exclude time-wait': await command(bed, 'ss -Htan exclude time-wait'),
      };
      raw.push({ size, viaSs, viaProc, ways });
      console.error(JSON.stringify(raw.at(-1)));
      const text = ({ cpuMs, wallMs }: Cost) => `${cpuMs.toFixed(0)} (${wallMs.toFixed(0)})`;
      rows.push([
        viaSs.rows,
        text(viaSs),
        text(viaProc),
        (viaProc.longestReadMs ?? 0).toFixed(2),
        ...Object.values(ways).map(text),
      ]);
    } finally {
      await bed.stop();
    }
  }
  keep(
    'observe',
    [
      'sockets',
      'observe through ss -D',
      'observe from /proc',
      'its longest read',
      ...['ss -Htan', 'ss -Htano state time-wait', 'ss -Htan exclude time-wait'],
    ],
    rows,
    { raw },
    [
      'ms of CPU, in parentheses ms on the clock. Commands include the start of nsenter. The longest read(2) of a look is one page of rows.',
    ],
  );
}
