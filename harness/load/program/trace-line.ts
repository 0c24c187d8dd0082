/** One failed call as strace prints it; `t` in seconds of the wall clock where -ttt was given. */
export interface TracedFailure {
  /** Unix time, s. */
  atSec: number;
  syscall: 'connect' | 'bind';
  errno: string;
  /** `198.18.0.102:8080`; `null`: cut off. */
  address: string | null;
}

const call =
  /^(?:\[pid +\d+\] |\d+ +)?(\d+\.\d+) (?:<\.\.\. )?(connect|bind)(?: resumed>|\()(.*?)\) = -1 (E[A-Z0-9]+) \(/;

/**
 * A line of `strace -f -qq -ttt -e trace=connect,bind -e signal=none -Z`: only failed calls are printed. Calls that are
 * cut in two by another thread end in a `resumed` line, which has the errno. `null`: something else, or a socket of another
 * family than IPv4 and IPv6. Pure.
 */
export function parseTraceLine(line: string): TracedFailure | null {
  const match = call.exec(line);
  if (match === null) return null;
  const [, atSec = '', syscall = '', args = '', errno = ''] = match;
  // A name service's UNIX socket that does not exist is no failure of the network.
  if (/sa_family=AF_(?!INET)/.test(args)) return null;
  return { atSec: Number(atSec), syscall: syscall as 'connect' | 'bind', errno, address: addressIn(args) };
}

function addressIn(args: string): string | null {
  const port = /sin6?_port=htons\((\d+)\)/.exec(args)?.[1];
  const v4 = /inet_addr\("([^"]+)"\)/.exec(args)?.[1];
  const v6 = /inet_pton\(AF_INET6, "([^"]+)"/.exec(args)?.[1];
  if (port === undefined) return null;
  if (v4 !== undefined) return `${v4}:${port}`;
  return v6 === undefined ? null : `[${v6}]:${port}`;
}

/** A non-blocking connect() that is under way is no failure. */
export function isFailure({ errno }: TracedFailure): boolean {
  return errno !== 'EINPROGRESS' && errno !== 'EINTR' && errno !== 'EALREADY';
}
