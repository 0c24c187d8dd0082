import type { ValidationIssue } from './errors.ts';
import { shortened } from './nearest.ts';
import type { ValueForm } from './sysctl-forms.ts';
import { foldWhiteSpace } from './sysctl-key.ts';
import { sysctlTable } from './sysctl-table.ts';

type Issue = Omit<ValidationIssue, 'field'>;

/** Kernel default of ip_local_port_range; both ends count: 28,232 ports. */
export const defaultPortRange = { low: 32768, high: 60999 };

export interface PortRange {
  low: number;
  high: number;
}

/** `32768 60999` → both ends; `null` where it is not two numbers with white space between, which is all that the kernel reads. */
export function parsePortRange(value: string): PortRange | null {
  const match = /^(\d+)\s+(\d+)$/.exec(value.trim());
  return match ? { low: Number(match[1]), high: Number(match[2]) } : null;
}

/** `8080,9000-9100` → list of ranges; invalid parts are left out. Source: kernel/sysctl.c proc_do_large_bitmap. */
export function parsePortList(value: string): PortRange[] {
  return value.split(',').flatMap((part) => {
    const match = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part);
    return match ? [{ low: Number(match[1]), high: Number(match[2] ?? match[1]) }] : [];
  });
}

/**
 * The value as the kernel accepts and prints it: white space folded, none in a list of ports, no leading zeros.
 */
export function canonicalValue(key: string, value: string): string {
  const folded = foldWhiteSpace(value);
  const form = sysctlTable.get(key)?.form;
  if (form?.kind === 'port-range') {
    const range = parsePortRange(folded);
    return range === null ? folded : `${range.low} ${range.high}`;
  }
  if (form?.kind === 'port-list') return folded.replace(/ ?([,-]) ?/g, '$1').replace(/,$/, '');
  if (form?.kind === 'integer' && /^-?\d{1,15}$/.test(folded)) return String(Number(folded));
  return folded;
}

/** What is wrong with the value of a key whose form is known; `null`: nothing. */
export function valueIssue(key: string, value: string, form: ValueForm | undefined): Issue | null {
  const text = value.trim();
  const wrong = { message: `'${shortened(value)}' is not a value of ${key}` };
  switch (form?.kind) {
    case 'integer': {
      const { low, high } = form;
      const fits = /^-?\d+$/.test(text) && Number(text) >= low && Number(text) <= high;
      return fits ? null : { ...wrong, hint: `a whole number from ${low} to ${high}` };
    }
    case 'integers': {
      const numbers = text.split(/\s+/);
      const fits = numbers.length === form.count && numbers.every((one) => /^\d+$/.test(one));
      return fits ? null : { ...wrong, hint: `${form.count} whole numbers, separated by spaces` };
    }
    case 'port-range':
      return rangeIssue(text);
    case 'port-list':
      return listIssue(text);
    default:
      return text === '' ? { message: `${key} has no value`, hint: 'write KEY=VALUE' } : null;
  }
}

function rangeIssue(value: string): Issue | null {
  const range = parsePortRange(value);
  if (range === null) {
    const [, low, high] = /^(\d+)[\s,-]+(\d+)$/.exec(value) ?? [];
    const hint = low === undefined ? "two ports, such as '1024 65535'" : `write '${low} ${high}', with a space`;
    return { message: `'${shortened(value)}' is not a port range`, hint };
  }
  if (range.low > range.high) {
    const message = `the port range ${value} is reversed (low end above high end)`;
    return { message, hint: `write '${range.high} ${range.low}'` };
  }
  if (range.low < 1 || range.high > 65535) {
    return { message: `the port range ${value} is outside 1 to 65535`, hint: "for example '1024 65535'" };
  }
  return null;
}

function listIssue(value: string): Issue | null {
  const parts = value.replace(/,\s*$/, '').split(',');
  if (value === '') return null;
  for (const part of parts) {
    const [range] = parsePortList(part);
    if (range === undefined) {
      const message = `'${shortened(part.trim())}' is neither a port nor a range of ports`;
      return { message, hint: 'such as 8080,9000-9100; an empty value clears the list' };
    }
    if (range.high > 65535 || range.low > 65535) {
      return { message: `there is no port ${Math.max(range.low, range.high)}`, hint: 'ports go from 0 to 65535' };
    }
    if (range.low > range.high) {
      const message = `the reserved ports ${part.trim()} are reversed`;
      return { message, hint: `write ${range.high}-${range.low}` };
    }
  }
  return null;
}
