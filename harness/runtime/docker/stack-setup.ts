import { PassThrough } from 'node:stream';
import type { Container } from 'dockerode';
import type { CellPlan, PeerPlan } from '../../model/cell.ts';
import { causeText, HarnessError } from '../../model/errors.ts';
import { engineError } from './engine.ts';

/**
 * What the engine does not set up in a peer's stack, as lines for `ip -batch -`: further addresses, and
 * routes. An engine gives a default route even on an `internal` network; peers get none.
 */
export function stackLines(plan: CellPlan, peer: PeerPlan): string[] {
  const lines = ['route flush exact 0.0.0.0/0'];
  for (const link of plan.links) {
    for (const end of link.ends) {
      if (end.role !== peer.role) continue;
      for (const address of end.addresses.slice(1)) {
        lines.push(`addr add ${address}/${link.prefixLength} dev ${end.interface}`);
      }
    }
  }
  for (const route of peer.routes) lines.push(`route add ${route.subnet} via ${route.via}`);
  return lines;
}

/**
 * Runs a command inside a peer with the rights over its stack that the peer's own processes do not have,
 * for as long as it takes. Rejects with its words when it does not end with 0.
 */
export async function runPrivileged(container: Container, command: readonly string[], input: string): Promise<void> {
  const name = command[0] as string;
  try {
    const exec = await container.exec({
      Cmd: [...command],
      User: '0:0',
      Privileged: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    let words = '';
    const output = new PassThrough().on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2000);
    });
    container.modem.demuxStream(stream, output, output);
    const ended = new Promise<void>((resolve, reject) => stream.once('close', resolve).once('error', reject));
    stream.end(input);
    await ended;
    const { ExitCode } = await exec.inspect();
    if (ExitCode === 0) return;
    throw new HarnessError('STACK_SETUP_FAILED', `${name} failed inside a peer: ${words.trim() || `code ${ExitCode}`}`);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw engineError(error, `running ${name} inside a peer (${causeText(error)})`);
  }
}
