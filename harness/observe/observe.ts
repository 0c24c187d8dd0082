import { makeObservation } from '../analysis/observation/make-observation.ts';
import type { Observation } from '../model/observation.ts';
import type { SocketLook } from '../model/socket-look.ts';
import { monotonicMs } from '../probe/clock.ts';
import { readMachine } from '../probe/host.ts';
import { addressText } from '../probe/proc-address.ts';
import { readOwners } from './processes.ts';
import { type ObservedSettings, StackView } from './stack-view.ts';
import type { Target } from './target.ts';
import { StackWatch } from './watch-stack.ts';

export interface ObserveOptions {
  forMs: number;
  lab: string | null;
  /** Ends the observation early; what was read is still reported. */
  signal: AbortSignal;
}

/** One network namespace, observed once or again and again. Reads only. */
export class Observer {
  private readonly target: Target;
  private readonly view: StackView;
  private readonly watcher: StackWatch;
  private settings: { settings: ObservedSettings; isReadable: boolean } | null = null;

  constructor(target: Target) {
    this.target = target;
    this.view = new StackView(target);
    this.watcher = new StackWatch(this.view);
  }

  async observe({ forMs, lab, signal }: ObserveOptions): Promise<Observation> {
    const startedAt = new Date().toISOString();
    const from = monotonicMs();
    const cpu = process.cpuUsage();
    this.settings = await this.view.settings();
    const { settings, isReadable } = this.settings;
    const sightings = await this.watcher.watch(settings, forMs, signal);
    const last = sightings.looks.at(-1) as SocketLook;
    const wanted = new Set([...last.living, ...last.listeners].map(({ inode }) => inode));
    const { namespace, name, pid } = this.target;
    const { owners, processes, unreadable } = readOwners(namespace, wanted);
    const durationMs = monotonicMs() - from;
    const { user, system } = process.cpuUsage(cpu);
    return makeObservation({
      lab,
      kernel: readMachine().kernel,
      startedAt,
      durationMs,
      target: { ...name, pid, namespace },
      settings,
      sightings: { ...sightings, cpuMs: (user + system) / 1000 },
      owners,
      processes,
      conntrackTimeWait: settings['net.netfilter.nf_conntrack_count'] === null ? null : this.view.conntrackTimeWait(),
      unreadable: notRead(isReadable, unreadable),
      addressText,
    });
  }
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
            hint: 'run as root',
          },
        ]),
  ];
}
