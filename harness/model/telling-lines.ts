/**
 * A line that names an error: `Error [ERR_X]: …` of Node, `ValueError: …` of Python, `Caused by: java.net.ConnectException: …`
 * of Java, `panic: …` of Go, `fatal: …`, `[emerg] …` of nginx, `PHP Fatal error:  …`.
 */
const namesError = /(Error|Exception)( \[\w+\])?: |^panic: |\b(fatal|error|fatal error):\s|\[(emerg|alert|crit)\]/i;

/** A program's last line that names an error, because a stack trace or a version may follow it. Pure. */
export function errorIn(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => namesError.test(line));
}

/**
 * What a program said of its end, from its last lines, oldest first: the one that names an error, else the last
 * three. Pure.
 */
export function tellingLines(lines: readonly string[]): string[] {
  const named = errorIn(lines);
  return named === undefined ? lines.slice(-3) : [named.trim()];
}
