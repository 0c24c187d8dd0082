import { expect, it } from 'vitest';
import { valuesOf } from './server.ts';

it('fills in addresses of next hops, IPv6 in brackets where a port follows', () => {
  const spec = { server: 'program', parameters: {}, ports: [8080, 8081] };
  const next = ['198.18.1.102', '2001:2:0:2::102'].map((address) => ({ address, port: 80 }));
  expect(valuesOf({ ...spec, address: '198.18.0.102', upstreams: next })).toEqual({
    address: '198.18.0.102',
    port: '8080',
    ports: '8080,8081',
    upstream: '198.18.1.102:80',
    upstream_address: '198.18.1.102',
    upstream_port: '80',
    upstreams: '198.18.1.102:80,[2001:2:0:2::102]:80',
  });
});
