/**
 * `NAME` among the settings takes its value from the environment, as in `docker run --env NAME`: a password then is not on
 * a command line, which every user of the machine can read. What is not set stays as it is, for plan/image-env.ts.
 */
export function fromEnvironment(settings: readonly string[], environment: NodeJS.ProcessEnv = process.env): string[] {
  return settings.map((setting) => {
    const value = setting.includes('=') ? undefined : environment[setting];
    return value === undefined ? setting : `${setting}=${value}`;
  });
}
