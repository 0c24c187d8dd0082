import { expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { capabilitiesNeeded } from './capabilities.ts';
import { readServerImage, withServerImage } from './server-image.ts';

it('replaces the server with the image', () => {
  const { value, issues } = readServerImage({ image: 'nginx:1.27', port: '80', env: ['A=b=c', 'B='] });
  expect(issues).toEqual([]);
  const scenario = withServerImage(scenarioNamed('tomcat-keep-alive'), value);
  const { peers, variants } = scenario;
  expect(peers.server).toMatchObject({
    image: { reference: 'nginx:1.27', env: { A: 'b=c', B: '' } },
    serves: [{ server: 'image', ports: [80] }],
  });
  expect(peers.client?.image).toBeUndefined();
  expect([capabilitiesNeeded(scenario), variants]).toEqual([['images'], undefined]);
});

it('reports every issue at once', () => {
  const { issues } = readServerImage({ image: '', port: 'http', env: ['=x', 'y'] });
  expect(issues.map((one) => one.field)).toEqual(['--server-image', '--server-port', '--server-env', '--server-env']);
  const twice = readServerImage({ image: 'i', port: '0x50', env: ['A=1', 'B=2', 'A=3'] });
  expect(twice.issues.map(({ field, message }) => `${field}: ${message}`)).toEqual([
    "--server-port: '0x50' is not a port",
    '--server-env: A is set twice',
  ]);
  expect(readServerImage({ image: 'i', port: undefined, env: [] }).value.port).toBe(8080);
});
