import { expect, it } from 'vitest';
import type { DockerApi } from './docker-api.ts';
import type { ImagePlan } from './image-plan.ts';
import { ensureImage } from './images.ts';

it('builds nothing on a base image that would run its own instructions on the network of the machine', async () => {
  let builds = 0;
  const docker = {
    getImage: (reference: string) => ({
      inspect: async () => {
        if (reference === 'base') return { Id: 'base', Config: { OnBuild: ['RUN curl http://127.0.0.1/'] } };
        throw Object.assign(new Error('no such image'), { statusCode: 404 });
      },
    }),
    buildImage: async () => {
      builds++;
      throw new Error('built');
    },
  };
  const plan = { tag: 'lab:x', kind: { name: 'lab' }, files: new Map(), buildArguments: { BASE_IMAGE: 'base' } };
  const building = ensureImage({ docker } as unknown as DockerApi, plan as unknown as ImagePlan, () => {});
  await expect(building).rejects.toMatchObject({ code: 'ONBUILD_BASE', exitCode: 3 });
  expect(builds).toBe(0);
});
