import { HarnessError } from './errors.ts';

/** `net.…` key, dots as separators and a slash for a dot in an interface's name, as sysctl(8) prints it. */
export const sysctlKeyPattern = /^net\.[a-z0-9_]+(\.[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*)+$/;

/** A value as the lab stores and compares it: trimmed, each run of white space one space. */
export function foldWhiteSpace(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

/**
 * File of a key under /proc/sys. As in sysctl(8), the first separator of the key decides: with dots, a dot in an
 * interface's name is written as a slash (net.ipv4.conf.eth0/1.rp_filter); with slashes, the key is the path. Errors:
 * NOT_A_SYSCTL_KEY for a key that would name a file elsewhere.
 */
export function sysctlPath(key: string): string {
  const path = hasSlashes(key) ? key : swapSeparators(key);
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new HarnessError('NOT_A_SYSCTL_KEY', `'${key}' is not a sysctl key`);
  }
  return `/proc/sys/${path}`;
}

/** The key whose file this is, with dots; `path` is relative to /proc/sys. */
export function sysctlKeyOf(path: string): string {
  return swapSeparators(path);
}

/** The key with dots for what was written: with dots, with slashes, or as a path below /proc/sys. */
export function dottedKey(written: string): string {
  const path = written.replace(/^\/?proc\/sys\//, '');
  return hasSlashes(path) ? swapSeparators(path) : path;
}

function hasSlashes(key: string): boolean {
  return /[./]/.exec(key)?.[0] === '/';
}

function swapSeparators(text: string): string {
  return text.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
