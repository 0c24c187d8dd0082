/**
 * How programs and their libraries spell EADDRNOTAVAIL: strerror(3) of glibc, musl and the BSDs, Node, Python, Go, nginx,
 * HAProxy, Java, PHP, hiredis, wrk.
 */
const spellings: readonly RegExp[] = [
  /\bEADDRNOTAVAIL\b/,
  /cannot assign requested address/i,
  /can'?t assign requested address/i,
  /address not available/i,
  /\berrno:? ?-?99\b/i,
  /\(99[:)]/,
  /\bcode:? ?99\b/i,
  /\bBindException\b/,
  /\bNoRouteToHostException: Cannot assign\b/,
];

/** Whether a line of a program's output says that connect(2) or bind(2) found no free port. Pure. */
export function saysNoPort(line: string): boolean {
  return spellings.some((spelling) => spelling.test(line));
}
