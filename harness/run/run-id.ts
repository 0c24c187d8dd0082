import { randomBytes } from 'node:crypto';

/**
 * Time first, so that folders sort; random bits, so that two runs started in the same second differ:
 * `20260131-140305-9f3a`.
 */
export function newRunId(): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\..*$/g, '')
    .replace('T', '-');
  return `${time}-${randomBytes(2).toString('hex')}`;
}
