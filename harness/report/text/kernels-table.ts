import CliTable from 'cli-table3';
import { markdownTable } from 'markdown-table';
import pc from 'picocolors';
import type { KernelCell, KernelRun, SideBySide } from '../../analysis/kernels/side-by-side.ts';
import { duration, figure } from '../../model/figure.ts';
import type { KernelColumn, KernelsRecord } from '../../model/kernels-record.ts';
import { escapeMarkdown } from './markdown.ts';

/** Kernels side by side, for the terminal. */
export function renderKernels(
  record: KernelsRecord,
  side: SideBySide,
  runs: readonly KernelRun[],
  options: { colour: boolean },
): string {
  const c = pc.createColors(options.colour);
  const table = new CliTable({
    head: ['', ...runs.map(({ column }) => column.label)],
    style: { head: [], border: [], compact: true },
  });
  for (const { title, cells } of side.rows) table.push([title, ...cells.map(cellText)]);
  const sections = [
    table.toString(),
    ...factLines(record, runs).map((line) => `  ${c.dim(line)}`),
    ...listOf('Differences', side.differences, c.bold),
    ...listOf('Settings that not every kernel has', side.missingSettings, c.bold),
    ...listOf('Predictions and balances that do not hold', side.formulas, c.bold),
    ...reasonsOf(side, runs).flatMap(({ title, lines }) => ['', c.yellow(title), ...lines.map((line) => `  ${line}`)]),
  ];
  return `${sections.join('\n')}\n`;
}

/** The same as Markdown: kernels.md. */
export function kernelsMarkdown(record: KernelsRecord, side: SideBySide, runs: readonly KernelRun[]): string {
  const rows = side.rows.map(({ title, cells }) => [title, ...cells.map(cellText)].map(escapeMarkdown));
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`## ${title}`, '', ...items.map((item) => `- ${escapeMarkdown(item)}`), ''];
  const lines = [
    '# Kernels side by side',
    '',
    markdownTable([['', ...runs.map(({ column }) => column.label)], ...rows]),
    '',
    ...factLines(record, runs).map((line) => `- ${escapeMarkdown(line)}`),
    '',
    ...list('Differences', side.differences),
    ...list('Settings that not every kernel has', side.missingSettings),
    ...list('Predictions and balances that do not hold', side.formulas),
    ...reasonsOf(side, runs).flatMap(({ title, lines: of }) => list(title, of)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** `exhausted, 1 ✗`; with the repetitions' verdicts where they differ. */
function cellText({ verdicts, broken, balances }: KernelCell): string {
  const marks = [
    ...(broken.length > 0 ? [`${broken.length} ✗`] : []),
    ...(balances === false ? ['does not balance'] : []),
  ];
  return [verdicts.join(' or '), ...marks].join(', ');
}

function factLines({ maxRate }: KernelsRecord, runs: readonly KernelRun[]): string[] {
  const slow = maxRate === null ? [] : [`open loops: at most ${figure(maxRate)}/s under every kernel (--max-rate)`];
  return [...runs.map(({ column }) => columnLine(column)), ...slow];
}

function columnLine({ label, kernel, accelerator, bootMs, clockError, capacityPerSec }: KernelColumn): string {
  const where = {
    native: 'this machine',
    kvm: 'virtual machine (KVM)',
    tcg: 'virtual machine, emulated (TCG): times and rates are not comparable',
  };
  const facts = [
    accelerator === null ? 'not started' : where[accelerator],
    ...(bootMs === null ? [] : [`booted in ${duration(bootMs)}`]),
    ...(capacityPerSec === null ? [] : [`${figure(Math.round(capacityPerSec))} connections/s at most`]),
    ...(clockError === null ? [] : [`clock within ${(Math.abs(clockError) * 100).toFixed(2)} % of the host's`]),
  ];
  return `${label}: Linux ${kernel ?? 'unknown'}, ${facts.join('; ')}`;
}

function listOf(title: string, items: readonly string[], bold: (text: string) => string): string[] {
  return items.length === 0 ? [] : ['', bold(title), ...items.map((item) => `  ${item}`)];
}

/** Why columns failed, cells were skipped or not decided, and expectations that do not hold. */
function reasonsOf(side: SideBySide, runs: readonly KernelRun[]): { title: string; lines: string[] }[] {
  return runs.flatMap(({ column }, i) => {
    const failed = column.state === 'failed' ? [column.reason ?? 'failed', ...column.lastLines] : [];
    const lines = side.rows.flatMap(({ title, cells }) => {
      const { reason = null, broken = [], verdicts = [] } = cells[i] ?? {};
      const isWhole = column.state === 'failed' && reason === column.reason;
      return [
        ...(reason === null || isWhole ? [] : [`${title} ${verdicts.join(' or ')}: ${reason}`]),
        ...broken.map((text) => `${title} ✗ ${text}`),
      ];
    });
    return failed.length + lines.length === 0 ? [] : [{ title: column.label, lines: [...failed, ...lines] }];
  });
}
