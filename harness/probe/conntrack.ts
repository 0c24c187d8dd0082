/** Counts the lines of `conntrack -L -p tcp` by TCP state, for example `tcp 6 117 TIME_WAIT src=…`. */
export function parseConntrackStates(text: string): Record<string, number> {
  const states: Record<string, number> = {};
  for (const match of text.matchAll(/^tcp +6 +\d+ ([A-Z_0-9]+) /gm)) {
    const state = match[1] as string;
    states[state] = (states[state] ?? 0) + 1;
  }
  return states;
}
