/** Put in by scripts/build.mjs. */
declare const LAB_VERSION: string | undefined;

/** The version in package.json; `null` where the sources run without having been built. */
export const labVersion: string | null = typeof LAB_VERSION === 'undefined' ? null : LAB_VERSION;
