import { listedKernels } from '../kernels/kernel-names.ts';
import { packageNames } from '../kernels/kernel-packages.ts';
import { type ExitCode, exitCode } from '../model/errors.ts';
import { readMachine } from '../probe/host.ts';

/** `kernels --list`: the machine's own kernel, and the newest packaged kernel of every version. */
export async function kernelListCommand(options: { json: boolean }): Promise<ExitCode> {
  const kernels = [{ name: 'host', release: readMachine().kernel }, ...listedKernels(await packageNames())];
  if (options.json) process.stdout.write(`${JSON.stringify({ kernels }, null, 1)}\n`);
  else for (const { name, release } of kernels) process.stdout.write(`${name.padEnd(8)}${release}\n`);
  return exitCode.ok;
}
