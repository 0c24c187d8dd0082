import { figure } from '../model/figure.ts';
import { type CellReport, isMeasured, type MeasuredCell, type Report } from '../model/report.ts';
import { foldWhiteSpace } from '../model/sysctl-key.ts';

/** Share of sampler ticks that may be missed before a peak can have gone unseen. */
const missedShare = 0.05;

/** Reasons not to believe a run's figures, each naming the cells it is about, worst first. */
export function doubtsAbout(report: Report): string[] {
  const measured = report.cells.filter(isMeasured);
  const doubts: (string | null)[] = [
    report.host.emulator === undefined
      ? null
      : `the CPU was emulated (${report.host.emulator}): times and rates are not those of a machine; counts and verdicts are valid`,
    report.run.interrupted ? 'the run was interrupted: later cells did not run' : null,
    about(report.cells, (cell) => cell.verdict === 'failed', 'failed'),
    about(measured, (cell) => !cell.ledger.closes, 'the ledger does not balance, so the counts cannot be trusted'),
    about(measured, (cell) => cell.disturbances.length > 0, 'disturbed by other work on this machine'),
    about(
      measured,
      missedTicks,
      `the sampler missed more than ${missedShare * 100} % of its ticks: peaks may be higher`,
    ),
    about(
      measured,
      missesOffer,
      'half or more of the offered load was never generated: the figures describe a smaller load',
    ),
    about(measured, (cell) => cell.load.blindSpots.length > 0, 'the engine could not see everything (blind spots)'),
    about(
      measured,
      (cell) => Object.values(cell.peers).some((peer) => settingsNotEffective(peer.sysctls).length > 0),
      'a setting read back differs from the one requested',
    ),
    repetitions(report),
  ];
  return doubts.filter((doubt) => doubt !== null);
}

/** Keys whose value read back is not the requested one. White space does not count. */
export function settingsNotEffective(sysctls: MeasuredCell['peers'][string]['sysctls']): string[] {
  return Object.entries(sysctls.requested).flatMap(([key, value]) => {
    const effective = sysctls.effective[key];
    return effective !== undefined && effective !== null && foldWhiteSpace(effective) === foldWhiteSpace(value)
      ? []
      : [key];
  });
}

/** Failed attempts count: they were offered to the system under test. */
function missesOffer({ load }: MeasuredCell): boolean {
  const { offered, achieved } = load.rate;
  const failed = (load.failures ?? []).reduce((sum, { count }) => sum + count, 0);
  return offered !== null && achieved + (failed * 1000) / Math.max(1, load.durationMs) <= offered / 2;
}

function missedTicks(cell: MeasuredCell): boolean {
  return Object.values(cell.peers).some(
    ({ sampler }) => sampler.missed > missedShare * (sampler.ticks + sampler.missed),
  );
}

function about<C extends CellReport>(cells: readonly C[], is: (cell: C) => boolean, text: string): string | null {
  const ids = cells.filter(is).map((cell) => cell.id);
  if (ids.length === 0) return null;
  const shown = ids.slice(0, 4).join(', ');
  return `${shown}${ids.length > 4 ? ` and ${figure(ids.length - 4)} more` : ''}: ${text}`;
}

function repetitions(report: Report): string | null {
  const untested = report.comparisons.filter((c) => c.basis === 'untested');
  if (untested.length === 0) return null;
  return 'fewer than 5 repetitions: differences in time and rate are not tested and only large ones are reported (use --repeat 5); yes/no facts and verdicts are exact';
}
