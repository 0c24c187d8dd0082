/** Defined by scripts/build.mjs. */
declare const LAB_VERSION: string | undefined;

/** The version in package.json; `null` when the sources run without a build. */
export const labVersion: string | null = typeof LAB_VERSION === 'undefined' ? null : LAB_VERSION;
