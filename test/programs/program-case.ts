import type { Verdict } from '../../harness/model/vocabulary.ts';
import type { Tool } from './tool-output.ts';

/** What a row needs of the machine besides a netns runtime. */
export type Need = 'python3' | 'requests' | 'node' | 'php' | 'go' | 'cc' | Tool | 'curl' | 'setsid' | 'strace';

/** One program under one setting, and what is known about it without the lab. */
export interface ProgramCase {
  name: string;
  /**
   * As a user types it. {url}, {address} and {port} are the lab's own; {log} (what the program counts or prints),
   * {folder} (where it may write), {clients} (a copy of clients/, built) and {python} are filled in before.
   */
  command: string;
  scenario: 'short-conn' | 'redis-ping';
  profile: string;
  /** `--duration`, in seconds. */
  seconds: number;
  /** `--sysctl`, each [ROLE:]KEY=VALUE. */
  sysctls: readonly string[];
  /** `--trace-errors`. */
  traced: boolean;
  /** connect() calls that one failed attempt of it makes: Go's net package tries three times (net/tcpsock_posix.go). */
  triesPerAttempt: number;
  needs: readonly Need[];
  /** Who says what happened: the program's own counts in {log}, or a tool's own output in it. */
  truth: 'counts' | Tool;
  /** Whether a call failed because no port was free; `unknown`: it depends on when the program is ended. */
  ranOut: boolean | 'unknown';
  /** Verdicts of which it must be one; absent: any that does not contradict the truth. */
  verdicts?: readonly Verdict[];
  /** Verdicts that are wrong whatever the truth is. */
  never: readonly Verdict[];
}

type Given = Pick<ProgramCase, 'name' | 'command' | 'ranOut'> & Partial<ProgramCase>;

/** A row with the usual settings: short-conn, no reuse, two seconds, counts by the program. */
export function programCase(given: Given): ProgramCase {
  return {
    scenario: 'short-conn',
    profile: 'tw-reuse-0',
    seconds: 2,
    sysctls: [],
    traced: false,
    triesPerAttempt: 1,
    needs: given.command.includes('{python}') ? ['python3'] : [],
    truth: 'counts',
    never: [],
    ...given,
  };
}

/** Leaves 100 of the 1,000 ports of the quick form. */
export const hundredPorts = ['client:net.ipv4.ip_local_reserved_ports=32868-33767'];
