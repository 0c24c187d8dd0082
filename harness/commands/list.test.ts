import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scenarios } from '../../scenarios/registry.ts';
import { symptomGroups } from '../model/symptoms.ts';
import { listCommand } from './list.ts';

let printed = '';
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const names = () => [...printed.matchAll(/^ {2}([a-z0-9+.-]+) {2,}\S/gm)].map((match) => match[1] as string);

describe('--list', () => {
  it('has each scenario once, under its first symptom, and then the profiles', () => {
    listCommand({ json: false });
    const sections = printed.split('\n\n').map((section) => section.split('\n'));
    const headings = sections.map(([heading]) => heading as string);
    const used = symptomGroups.filter((group) => scenarios.some(({ symptoms }) => symptoms.groups[0] === group));
    expect(headings).toEqual([...used, 'Profiles']);
    for (const { name, symptoms } of scenarios) {
      expect(names().filter((listed) => listed === name)).toHaveLength(1);
      const section = sections.find(([heading]) => heading === symptoms.groups[0]);
      expect(section?.some((line) => line.startsWith(`  ${name} `))).toBe(true);
    }
  });

  it.each([
    [
      'cannot assign requested address',
      ['short-conn', 'redis-ping', 'client-libraries', 'load-generators'],
      'close-wait',
    ],
    ['Error: read ECONNRESET', ['keep-alive-race', 'linger-rst'], 'short-conn'],
    ['CLOSE_WAIT', ['close-wait', 'client-close-wait'], 'short-conn'],
    ['slow connect()', ['cliff', 'short-conn'], 'close-wait'],
  ])('--symptom %j lists those that show it', (symptom, some, not) => {
    listCommand({ json: false, symptom });
    expect(names()).toEqual(expect.arrayContaining(some));
    expect(names()).not.toContain(not);
  });

  it('--json has the symptoms, and of the scenarios those that were asked for', () => {
    listCommand({ json: true, symptom: 'CLOSE_WAIT' });
    const { scenarios: listed } = JSON.parse(printed) as { scenarios: typeof scenarios };
    expect(listed.every(({ symptoms }) => symptoms.groups.includes('CLOSE_WAIT'))).toBe(true);
  });

  it.each(['no such message', ' '])('--symptom %j is refused, with the symptoms that there are', (symptom) => {
    expect(() => listCommand({ json: false, symptom })).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ hint: expect.stringContaining('CLOSE_WAIT') })] }),
    );
  });
});
