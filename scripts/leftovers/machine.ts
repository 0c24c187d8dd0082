import { entriesOf, outputOf } from './read.ts';

export interface Link {
  ifname: string;
  /** The bridge that it is a port of. */
  master?: string;
}

/** What the lab never changes on the machine: links, rules, cgroups of its own names. */
export type MachineState = Readonly<Record<'links' | 'rules' | 'cgroups', string>>;

export function machineState(): MachineState {
  return {
    // Containers of others come and go, and so do their links; see looseVeths.
    links: linksOfMachine()
      .map(({ ifname }) => ifname)
      .filter((name) => /^(tw|timewait|lab)/.test(name))
      .join(' '),
    rules: outputOf('nft', 'list', 'tables')
      .split('\n')
      .filter((line) => line.includes('timewait'))
      .join(),
    cgroups: entriesOf('/sys/fs/cgroup')
      .filter((name) => name.includes('timewait'))
      .join(' '),
  };
}

export function changesOf(before: MachineState, now: MachineState): string[] {
  return (Object.keys(before) as (keyof MachineState)[])
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} of the machine: '${before[name]}' → '${now[name]}'`);
}

export function linksOfMachine(): Link[] {
  return JSON.parse(outputOf('ip', '-json', 'link') || '[]') as Link[];
}

/** The machine's ends of veth pairs that are ports of no bridge: those of containers that are gone. */
export function looseVeths(links: readonly Link[]): string[] {
  return links
    .filter(({ ifname, master }) => ifname.startsWith('veth') && master === undefined)
    .map(({ ifname }) => ifname);
}
