import { isMeasured, type MeasuredCell, type PeerReport, type ProgramReport, type Report } from '../../model/report.ts';
import { foldWhiteSpace } from '../../model/sysctl-key.ts';
import { serverName } from '../cell/explain.ts';

/** A difference between two runs other than settings, which may explain differing figures. */
export interface DifferingFact {
  fact: string;
  base: string;
  value: string;
}

/** Internet protocol first, then kernel, CPU, runtime, programs and loads of two runs, before their figures are compared. Settings: differing-settings.ts. */
export function differingFacts(base: Report, other: Report): DifferingFact[] {
  const facts: DifferingFact[] = [];
  const compare = (fact: string, a: unknown, b: unknown) => {
    const [x, y] = [text(a), text(b)];
    if (x !== y) facts.push({ fact, base: x, value: y });
  };
  const [protocols, otherProtocols] = [families(base), families(other)];
  for (const name of keysOf(protocols, otherProtocols)) {
    if (name in protocols && name in otherProtocols) {
      compare(`internet protocol of ${name}`, protocols[name], otherProtocols[name]);
    }
  }
  compare('kernel', base.host.kernel, other.host.kernel);
  compare('CPU', base.host.cpu, other.host.cpu);
  if ((base.host.emulator ?? other.host.emulator) !== undefined) {
    const native = 'none';
    compare('CPU emulation', base.host.emulator ?? native, other.host.emulator ?? native);
  }
  compare('cores', base.host.cores, other.host.cores);
  compare('kernel HZ', base.host.kernelHz, other.host.kernelHz);
  compare('runtime', base.host.runtime, other.host.runtime);
  compare('privilege', base.host.privilege, other.host.privilege);
  compare('form', base.run.form, other.run.form);
  for (const name of keysOf(base.host.versions, other.host.versions)) {
    compare(`version of ${name}`, base.host.versions[name], other.host.versions[name]);
  }
  const [places, otherPlaces] = [hosts(base), hosts(other)];
  for (const role of keysOf(places, otherPlaces)) compare(`host of ${role}`, places[role], otherPlaces[role]);
  for (const [what, of] of [
    ['load', loads],
    ['server', servers],
  ] as const) {
    const [a, b] = [of(base), of(other)];
    for (const name of keysOf(a, b)) if (name in a && name in b) compare(`${what} of ${name}`, a[name], b[name]);
  }
  return facts;
}

/** Role → the machine that it ran on, where a run has several; the first cell's, as all are placed alike. */
function hosts(report: Report): Record<string, string> {
  const places: Record<string, string> = {};
  for (const cell of report.cells.filter(isMeasured)) {
    for (const [role, { host }] of Object.entries(cell.peers)) {
      if (host === undefined) continue;
      places[role] ??= `${host.name}, ${host.daemon}, Linux ${host.kernel}, ${host.cores} cores`;
    }
  }
  return places;
}

/** Scenario and role → what served there: name or command, version, digests of a program's files. */
function servers(report: Report): Record<string, string> {
  return Object.fromEntries(
    report.cells.filter(isMeasured).flatMap((cell) =>
      Object.entries(cell.peers)
        .filter(([, peer]) => peer.servers.length > 0)
        .map(([role, peer]) => [`${scenarioOf(cell)} at ${role}`, peer.servers.map(serverText).join(' and ')]),
    ),
  );
}

function serverText(server: PeerReport['servers'][number]): string {
  const closes = server.program === undefined && server.image === undefined ? server.closes : null;
  const parts = [serverName(server), server.version, closes, digests(server.program?.files)];
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

/** Addresses of a cell's links differ from run to run, and say nothing about the program. */
const labAddress = /\b198\.1[89](\.\d{1,3}){2}\b/g;

function programText({ command, files }: ProgramReport): string {
  return [command.join(' ').replace(labAddress, 'ADDRESS'), digests(files)].filter((part) => part !== '').join(', ');
}

function digests(files: Readonly<Record<string, string>> = {}): string {
  return Object.entries(files)
    .map(([name, digest]) => `${name} ${digest}`)
    .join(', ');
}

function scenarioOf({ scenario, variant }: MeasuredCell): string {
  return `${scenario}${variant === undefined ? '' : ` (${variant})`}`;
}

/** scenario → IPv4 or IPv6. */
function families(report: Report): Record<string, string> {
  return Object.fromEntries(report.cells.map((cell) => [cell.scenario, `IPv${cell.family ?? 4}`]));
}

/** scenario → engine or program, close policy and offered rate. */
function loads(report: Report): Record<string, string> {
  return Object.fromEntries(
    report.cells.filter(isMeasured).map((cell) => {
      const { engine, engineVersion, closePolicy, rate, transport } = cell.load;
      const [program] = cell.programs ?? [];
      const image = engine === 'outside' ? transport : null;
      const maker = program === undefined ? (image ?? engine) : programText(program);
      const offered = rate.offered === null ? 'closed loop' : `${rate.offered}/s`;
      return [scenarioOf(cell), `${maker} ${engineVersion ?? ''} ${closePolicy} ${offered}`.replace(/\s+/g, ' ')];
    }),
  );
}

function keysOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function text(value: unknown): string {
  return value === null || value === undefined ? 'not read' : foldWhiteSpace(String(value));
}
