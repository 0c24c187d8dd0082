/** Bundles the command line and the agent into dist/. */
export function build(): Promise<void>;
/** True when a source is newer than the bundle. */
export function isStale(): boolean;
export const distDir: string;
