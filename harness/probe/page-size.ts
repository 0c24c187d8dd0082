import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** AT_PAGESZ of the auxiliary vector (elf.h, getauxval(3)). */
const pageSizeType = 6n;

let read: number | null | undefined;

/** This machine's page size in bytes: 4 KiB on x86-64, 4, 16 or 64 KiB on arm64. `null`: not read. */
export function machinePageBytes(): number | null {
  if (read === undefined) {
    try {
      read = pageBytesIn(readFileSync('/proc/self/auxv'));
    } catch {
      read = null;
    }
  }
  return read;
}

/** The page size in an auxiliary vector: pairs of a type and a value, 64 bits each. */
export function pageBytesIn(vector: Buffer): number | null {
  const word = (at: number) => (endianness() === 'LE' ? vector.readBigUInt64LE(at) : vector.readBigUInt64BE(at));
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (word(at) === pageSizeType) return Number(word(at + 8));
  }
  return null;
}
