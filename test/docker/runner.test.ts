import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isMeasured, type Report } from '../../harness/model/report.ts';
import { runnerImage } from '../../harness/runtime/docker/image-plan.ts';
import { ensureImage, planImageHere } from '../../harness/runtime/docker/images.ts';
import { realDaemon, root } from './daemon.ts';

const { api, docker } = realDaemon();

/** The container of the manifest in docs/kubernetes.md. */
function container(): { args: string[]; capabilities: { add: string[]; drop: string[] } } {
  const page = readFileSync(join(root, 'docs', 'kubernetes.md'), 'utf8');
  const [, manifest = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const [found] = parse(manifest).spec.template.spec.containers;
  return { args: found.args, capabilities: found.securityContext.capabilities };
}

async function run(image: string, args: string[], capabilities: string[]): Promise<{ code: number; stdout: string }> {
  const made = await docker().createContainer({
    Image: image,
    Cmd: args,
    HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], CapAdd: capabilities },
  });
  try {
    const stream = await made.attach({ stream: true, stdout: true, stderr: true });
    let stdout = '';
    const output = new PassThrough().on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    docker().modem.demuxStream(stream, output, new PassThrough().resume());
    await made.start();
    const { StatusCode: code } = await made.wait();
    return { code, stdout };
  } finally {
    await made.remove({ force: true });
  }
}

describe('the image of the whole lab', () => {
  it('runs with the rights that the manifest of a pod asks for, and says what is missing without them', async () => {
    const plan = await planImageHere(api(), runnerImage);
    await ensureImage(api(), plan, () => {});
    const { args, capabilities } = container();
    expect(capabilities.drop).toEqual(['ALL']);
    const { code, stdout } = await run(plan.tag, [...args, '--profiles', 'tw-reuse-0,tw-reuse-1'], capabilities.add);
    expect(code).toBe(0);
    const cells = (JSON.parse(stdout) as Report).cells.filter(isMeasured);
    expect(cells.map(({ verdict, ledger }) => [verdict, ledger.closes])).toEqual([
      ['exhausted', true],
      ['healthy', true],
    ]);
    for (const one of capabilities.add) {
      const others = capabilities.add.filter((other) => other !== one);
      expect(await run(plan.tag, args, others), one).toMatchObject({ code: 3 });
    }
  }, 300_000);
});
