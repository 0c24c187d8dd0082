import { isIP } from 'node:net';
import type { ValidationIssue } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';

/** `127.0.0.1:9105`, `[::1]:9105` or `9105`, which is of 127.0.0.1. `null`: an issue was added. */
export function listenAddress(text: string, issues: ValidationIssue[]): { host: string; port: number } | null {
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '127.0.0.1';
  const port = Number(match?.[3]);
  if (match !== null && isIP(host) !== 0 && port > 0 && port <= 65_535) return { host, port };
  const message = `'${shortened(text)}' is not an address and a port`;
  issues.push({ field: '--listen', message, hint: 'such as 127.0.0.1:9105; without an address it is 127.0.0.1' });
  return null;
}
