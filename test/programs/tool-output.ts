/** Load generators of other people whose output says whether ports ran out. */
export type Tool = 'wrk' | 'hey' | 'ab' | 'siege' | 'redis-benchmark';

const noPort = /cannot assign requested address/i;

/** A line that the tool prints only after it has run to its end. */
const ended: Readonly<Record<Tool, RegExp>> = {
  wrk: /^Requests\/sec:/m,
  hey: /^Status code distribution:|^Error distribution:/m,
  ab: /^Requests per second:/m,
  siege: /"?transactions"?:/i,
  'redis-benchmark': /throughput summary:|requests per second/,
};

/**
 * Whether ports ran out under a tool, by its own output; `null`: it did not get to its end and named no such error.
 * wrk prints no message but a count of failed connects, which have no other cause while the server listens.
 */
export function ranOutByOutput(tool: Tool, output: string): boolean | null {
  if (noPort.test(output)) return true;
  if (tool === 'wrk' && Number(/Socket errors: connect (\d+)/.exec(output)?.[1] ?? 0) > 0) return true;
  return ended[tool].test(output) ? false : null;
}
