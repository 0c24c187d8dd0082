import type { CellPlan } from '../../model/cell.ts';
import type { JournalLine, JournalLineOf, LoadResult } from '../../model/journal.ts';

/** Everything the journal has about one peer of a cell, in time order. */
export interface PeerRecord {
  role: string;
  settings: JournalLineOf<'peer'> | null;
  servers: JournalLineOf<'server'>[];
  /** `null`: the peer makes no load, or the journal is older than this line. */
  engine: JournalLineOf<'engine'> | null;
  begin: JournalLineOf<'snapshot'> | null;
  loadEnd: JournalLineOf<'snapshot'> | null;
  end: JournalLineOf<'snapshot'> | null;
  samples: JournalLineOf<'sample'>[];
  states: JournalLineOf<'states'>[];
  conntrack: JournalLineOf<'conntrack'>[];
  load: JournalLineOf<'load'>[];
  result: LoadResult | null;
  cpu: JournalLineOf<'cpu'>[];
  gauges: JournalLineOf<'gauge'>[];
  ports: JournalLineOf<'ports'>[];
  program: JournalLineOf<'program'>[];
  occupancy: JournalLineOf<'occupancy'> | null;
  lifetimes: JournalLineOf<'lifetimes'>['sockets'];
}

export interface CellRecord {
  plan: CellPlan;
  startedAt: number;
  peers: Map<string, PeerRecord>;
  disturbances: string[];
  /** `null`: the run was cut short while this cell ran. */
  end: JournalLineOf<'cell-end'> | null;
}

export interface RunRecord {
  run: JournalLineOf<'run'>;
  cells: CellRecord[];
  /** Time of the last line, ms since the run began. */
  lastAt: number;
  interrupted: boolean;
}

/** Folds journal lines, one at a time, into what analysis needs. Pure. */
export class RunCollector {
  private run: JournalLineOf<'run'> | null = null;
  private readonly cells = new Map<string, CellRecord>();
  private lastAt = 0;
  private ended = false;
  private interrupted = false;

  add(line: JournalLine): void {
    if (line.type === 'run') {
      this.run = line;
      return;
    }
    this.lastAt = Math.max(this.lastAt, line.t);
    if (line.type === 'run-end') {
      this.ended = true;
      this.interrupted = line.interrupted;
    } else if (line.type === 'cell') {
      const { plan, t } = line;
      this.cells.set(line.cell, { plan, startedAt: t, peers: new Map(), disturbances: [], end: null });
    } else {
      const cell = this.cells.get(line.cell);
      if (cell !== undefined) addToCell(cell, line);
    }
  }

  /** Everything collected so far; `null` without the journal's first line. */
  result(): RunRecord | null {
    if (this.run === null) return null;
    // A run that was killed has no `run-end` line.
    const interrupted = this.interrupted || !this.ended;
    // In planned order, whichever was started first.
    const cells = [...this.cells.values()].sort((a, b) => a.plan.index - b.plan.index);
    return { run: this.run, cells, lastAt: this.lastAt, interrupted };
  }

  /** One cell as collected so far, to evaluate it right after it ended. */
  cell(id: string): CellRecord | undefined {
    return this.cells.get(id);
  }
}

type CellLine = Exclude<JournalLine, { type: 'run' | 'run-end' | 'cell' }>;

function addToCell(cell: CellRecord, line: CellLine): void {
  if (line.type === 'cell-end') {
    cell.end = line;
    return;
  }
  if (line.type === 'disturbance') {
    cell.disturbances.push(line.text);
    return;
  }
  const peer = cell.peers.get(line.role) ?? newPeer(line.role);
  cell.peers.set(line.role, peer);
  switch (line.type) {
    case 'peer':
      peer.settings = line;
      break;
    case 'server':
      peer.servers.push(line);
      break;
    case 'engine':
      peer.engine = line;
      break;
    case 'snapshot':
      if (line.at === 'begin') peer.begin = line;
      else if (line.at === 'load-end') peer.loadEnd = line;
      else peer.end = line;
      break;
    case 'sample':
      peer.samples.push(line);
      break;
    case 'states':
      peer.states.push(line);
      break;
    case 'conntrack':
      peer.conntrack.push(line);
      break;
    case 'load':
      peer.load.push(line);
      break;
    case 'load-end':
      peer.result = line.result;
      break;
    case 'cpu':
      peer.cpu.push(line);
      break;
    case 'gauge':
      peer.gauges.push(line);
      break;
    case 'ports':
      peer.ports.push(line);
      break;
    case 'program':
      peer.program.push(line);
      break;
    case 'occupancy':
      peer.occupancy = line;
      break;
    case 'lifetimes':
      peer.lifetimes.push(...line.sockets);
      break;
  }
}

function newPeer(role: string): PeerRecord {
  return {
    role,
    settings: null,
    servers: [],
    engine: null,
    begin: null,
    loadEnd: null,
    end: null,
    samples: [],
    states: [],
    conntrack: [],
    load: [],
    result: null,
    cpu: [],
    gauges: [],
    ports: [],
    program: [],
    occupancy: null,
    lifetimes: [],
  };
}
