import { accessSync, constants, existsSync } from 'node:fs';
import { sysctlPath } from '../model/sysctl-key.ts';
import type { Finding } from './doctor-findings.ts';

/** Settings that matter here, and whether a stock cluster allows them to a pod (docs/kubernetes.md). */
const settings = {
  'net.ipv4.ip_local_port_range': true,
  'net.ipv4.ip_local_reserved_ports': true,
  'net.ipv4.tcp_tw_reuse': false,
  'net.ipv4.tcp_max_tw_buckets': false,
  'net.ipv4.tcp_timestamps': false,
} as const;

/** Where Kubernetes mounts a pod's account, and what it tells every container; either may be turned off. */
const account = '/var/run/secrets/kubernetes.io';

/** Whether this process runs in a Kubernetes pod, and which settings it can write in the pod's own network stack; none elsewhere. */
export function podFindings(env: NodeJS.ProcessEnv = process.env): Finding[] {
  if (env.KUBERNETES_SERVICE_HOST === undefined && !existsSync(account)) return [];
  const writable = Object.keys(settings).filter(isWritable);
  const allowed = Object.entries(settings).flatMap(([key, isSafe]) => (isSafe ? [key] : []));
  const own =
    writable.length === 0
      ? 'none of its settings can be written from inside'
      : `writable from inside: ${writable.join(', ')}`;
  const text = `in a Kubernetes pod: ${own}; its securityContext.sysctls may set ${allowed.join(' and ')}, others only where the kubelet allows them`;
  return [
    {
      kind: 'machine',
      name: 'pod',
      works: true,
      text,
      hint: 'docs/kubernetes.md has a Job that runs the lab in a pod',
    },
  ];
}

function isWritable(key: string): boolean {
  try {
    accessSync(sysctlPath(key), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
