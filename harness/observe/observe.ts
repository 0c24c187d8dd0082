import { makeObservation } from '../analysis/observation/make-observation.ts';
import { endKey } from '../analysis/observation/traffic.ts';
import type { Observation } from '../model/observation.ts';
import type { SocketLook } from '../model/socket-look.ts';
import { monotonicMs } from '../probe/clock.ts';
import { readMachine } from '../probe/host.ts';
import { addressText } from '../probe/proc-address.ts';
import { ownCpuMs } from './own-cost.ts';
import { readOwners } from './processes.ts';
import { type ObservedSettings, StackView } from './stack-view.ts';
import type { Target } from './target.ts';
import { StackWatch } from './watch-stack.ts';

/** Share of a core that listing the open files of all processes of the namespace may take, besides the first time. */
const identifyShare = 0.002;
const usualAfterMs = 10;

export interface ObserveOptions {
  forMs: number;
  /** It may last longer where it would take more than 1 % of a core otherwise. Absent: it may not. */
  mayBeLonger?: boolean;
  onLonger?(ms: number, sockets: number): void;
  lab: string | null;
  /** Ends the observation early; what was read is still reported. */
  signal: AbortSignal;
}

/** One network namespace, observed once or again and again. Reads only. */
export class Observer {
  private readonly target: Target;
  private readonly view: StackView;
  private readonly watcher: StackWatch;
  /** Ends whose process was found in this observation. */
  private readonly known = new Set<string>();
  private identifiedMs = 0;
  private lastIdentifyMs = 0;
  private forMs = 0;
  /** CPU time after the last look, ms: of the observation before, or about as usual. */
  private afterMs = usualAfterMs;
  private settings: { settings: ObservedSettings; isReadable: boolean } | null = null;

  constructor(target: Target) {
    this.target = target;
    this.view = new StackView(target);
    this.watcher = new StackWatch(this.view, (look) => this.identify(look));
  }

  async observe({ forMs, mayBeLonger = false, onLonger, lab, signal }: ObserveOptions): Promise<Observation> {
    const startedAt = new Date().toISOString();
    const from = monotonicMs();
    const cpuMs = ownCpuMs();
    this.known.clear();
    this.identifiedMs = 0;
    this.forMs = forMs;
    this.settings = await this.view.settings();
    const { settings, isReadable } = this.settings;
    const length = { forMs, mayBeLonger, ...(onLonger && { onLonger }), afterMs: this.afterMs };
    const sightings = await this.watcher.watch(settings, length, signal, cpuMs);
    const lookedMs = ownCpuMs();
    const { namespace, name, pid } = this.target;
    const last = sightings.looks.at(-1) as SocketLook;
    const { owners, processes, unreadable, otherNamespaces } = readOwners(namespace, inodesOf(last), this.target.ours);
    last.owners = owners;
    const durationMs = monotonicMs() - from;
    this.afterMs = ownCpuMs() - lookedMs;
    return makeObservation({
      lab,
      kernel: readMachine().kernel,
      startedAt,
      durationMs,
      target: { ...name, pid, namespace },
      settings,
      sightings: { ...sightings, cpuMs: ownCpuMs() - cpuMs },
      processes,
      conntrackTimeWait: this.view.conntrackTimeWait(settings),
      unreadable: notRead(isReadable, unreadable),
      otherNamespaces,
      addressText,
    });
  }

  /** A connection of milliseconds has an owner only while it lasts: asked at once, for ends whose process is unknown. */
  private identify(look: SocketLook): void {
    const unknown = look.living.filter(({ group }) => group.way === 'opened' && !this.known.has(endKey(group)));
    const isFirst = this.identifiedMs === 0;
    if (unknown.length === 0) return;
    if (!isFirst && this.identifiedMs + this.lastIdentifyMs > identifyShare * this.forMs) return;
    const before = ownCpuMs();
    look.owners = readOwners(
      this.target.namespace,
      new Set(unknown.map(({ inode }) => inode)),
      this.target.ours,
    ).owners;
    for (const { inode, group } of unknown) if (look.owners.has(inode)) this.known.add(endKey(group));
    this.lastIdentifyMs = ownCpuMs() - before;
    this.identifiedMs += this.lastIdentifyMs;
  }
}

function inodesOf({ living, listeners }: SocketLook): Set<number> {
  return new Set([...living, ...listeners].map(({ inode }) => inode));
}

function notRead(areSettingsRead: boolean, processes: number): Observation['unreadable'] {
  return [
    ...(areSettingsRead
      ? []
      : [
          {
            what: 'the settings of this network namespace: the default range is assumed',
            hint: 'run as root, with nsenter',
          },
        ]),
    ...(processes === 0
      ? []
      : [
          {
            what: `which sockets ${processes} process${processes === 1 ? '' : 'es'} of other users have open`,
            hint: process.getuid?.() === 0 ? 'this container hides them: run on the host' : 'run as root',
          },
        ]),
  ];
}
