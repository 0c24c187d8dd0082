/** How the lab was started: by its own name when it is installed, by npm scripts in a checkout. */
export const scriptName = /(^|\/)timewait-lab(\.mjs)?$/.test(process.argv[1] ?? '') ? 'timewait-lab' : 'npm run';

/** A command of the lab as the user types it, for hints: `npm run images -- --base debootstrap`. */
export function labCommand(command: string, ...args: string[]): string {
  const separator = scriptName === 'npm run' && args.length > 0 ? ['--'] : [];
  return [scriptName, command, ...separator, ...args].join(' ');
}
