import { expect, it } from 'vitest';
import { podFindings } from './pod-finding.ts';

it('says nothing outside of a pod, and in one what it may set', () => {
  expect(podFindings({})).toEqual([]);
  const [finding] = podFindings({ KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect(finding).toMatchObject({ kind: 'machine', name: 'pod', works: true });
  expect(finding?.text).toContain('may set net.ipv4.ip_local_port_range and net.ipv4.ip_local_reserved_ports');
});
