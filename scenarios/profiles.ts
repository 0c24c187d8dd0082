import type { Profile } from '../harness/model/scenario.ts';

/**
 * Named sets of sysctls. `all` sets a key on every peer, a role's name only on that peer. Any other key stays at the
 * kernel's default for a new namespace, which is read back and printed.
 */
export const profiles: readonly Profile[] = [
  { name: 'baseline', title: 'kernel defaults', sysctls: {} },
  { name: 'tw-reuse-0', title: 'no reuse of TIME_WAIT', sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '0' } } },
  {
    name: 'tw-reuse-1',
    title: 'connect() may reuse a TIME_WAIT older than tcp_tw_reuse_delay',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '1' } },
  },
  {
    name: 'lb-tw-reuse-0',
    title: 'no reuse on the load balancer',
    sysctls: { lb: { 'net.ipv4.tcp_tw_reuse': '0' } },
  },
  {
    name: 'lb-tw-reuse-1',
    title: 'reuse on the load balancer',
    sysctls: { lb: { 'net.ipv4.tcp_tw_reuse': '1' } },
  },
  {
    name: 'tw-reuse-2',
    title: 'reuse over loopback only, the default since Linux 4.19',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '2' } },
  },
  {
    name: 'reuse-delay-100ms',
    title: 'reuse after 100 ms instead of 1 s (Linux 6.14 and newer)',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.tcp_tw_reuse_delay': '100' } },
    skipReason: 'net.ipv4.tcp_tw_reuse_delay came with Linux 6.14; this kernel does not have it',
  },
  {
    name: 'wide-range',
    title: 'ports 1024 to 65535',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.ip_local_port_range': '1024 65535' } },
  },
  {
    name: 'narrow-range',
    title: '1,000 ports',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.ip_local_port_range': '32768 33767' } },
  },
  {
    name: 'wide-range+tw-reuse',
    title: 'ports 1024 to 65535 with reuse',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.ip_local_port_range': '1024 65535' } },
  },
  {
    name: 'reserved-ports',
    title: 'port 33000, on which a service listens, reserved: connect() never takes it',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.ip_local_reserved_ports': '33000' } },
  },
  {
    name: 'small-buckets',
    title: 'at most 200 TIME_WAIT',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.tcp_max_tw_buckets': '200' } },
  },
  {
    name: 'no-timestamps',
    title: 'reuse enabled, but no TCP timestamps',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.tcp_timestamps': '0' } },
  },
  {
    name: 'fin-timeout-10',
    title: 'tcp_fin_timeout 10 s: often recommended, but affects FIN_WAIT2, not TIME_WAIT',
    sysctls: { all: { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.tcp_fin_timeout': '10' } },
  },
  {
    name: 'conntrack-tw-2',
    title: "conntrack's TIME_WAIT timeout 2 s: affects the firewall's table, not the sockets",
    sysctls: {
      all: { 'net.ipv4.tcp_tw_reuse': '0' },
      client: { 'net.netfilter.nf_conntrack_tcp_timeout_time_wait': '2' },
    },
    skipReason: 'this kernel has no conntrack, so there is no timeout to set',
  },
  {
    name: 'port-step-width',
    title: 'connect() searches the ports in random steps (Linux newer than 7.0)',
    sysctls: { client: { 'net.ipv4.tcp_tw_reuse': '0', 'net.ipv4.ip_local_port_step_width': '128' } },
    skipReason: 'this kernel has no net.ipv4.ip_local_port_step_width, which was added after Linux 7.0',
  },
  {
    name: 'tw-recycle',
    title: 'tcp_tw_recycle, which broke clients behind NAT',
    sysctls: { all: { 'net.ipv4.tcp_tw_recycle': '1' } },
    skipReason: 'net.ipv4.tcp_tw_recycle was removed in Linux 4.12; no current kernel has it',
  },
];
