/**
 * Variables of the caller's environment that reach the agent of a network namespace and the programs under test: what a
 * program needs to start, and nothing that may be a secret. Anything else goes through `env NAME=VALUE PROGRAM`.
 */
const passedOn = new Set(['PATH', 'HOME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'JAVA_HOME', 'CATALINA_HOME']);
const passedOnBegin = ['LC_', 'TIMEWAIT_LAB_'];

/** The part of an environment that programs under test may see. */
export function passedOnEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const isKept = passedOn.has(name) || passedOnBegin.some((begin) => name.startsWith(begin));
    if (isKept && value !== undefined) kept[name] = value;
  }
  return kept;
}
