/** Options of `observe` and `budget`, as command-options.ts lists those of the other commands. */
export const observeOptions = {
  pid: { type: 'string', describe: 'observe the network namespace of this process' },
  container: { type: 'string', describe: 'observe this container, of Docker or podman' },
  netns: { type: 'string', describe: 'observe this network namespace, as ip netns lists it' },
  for: {
    type: 'string',
    describe: 'how long, with --watch each: 10s by default, longer if it would take more than 1 % of a core',
  },
  watch: { type: 'boolean', default: false, describe: 'observe again and again, until interrupted' },
  sort: { oneOf: ['share', 'rate', 'time-wait'], type: 'string', default: 'share', describe: 'order of destinations' },
  save: { type: 'string', isPath: true, describe: 'folder for scenario.yml and profile.conf, to rehearse this load' },
  out: { type: 'string', isPath: true, describe: 'folder for observation.json, .md and .html' },
  gate: { type: 'string', isPath: true, describe: 'file of gates that must hold' },
  fail: { type: 'boolean', default: true, describe: '--no-fail: exit 0 even if a gate does not hold' },
  listen: { type: 'string', describe: 'serve OpenMetrics for a scrape, ADDRESS:PORT or PORT of 127.0.0.1' },
  format: {
    oneOf: ['terminal', 'openmetrics'],
    type: 'string',
    default: 'terminal',
    describe: 'output: terminal, openmetrics',
  },
  json: { type: 'boolean', default: false, describe: 'print the observation as JSON on stdout' },
} as const;

export const budgetOptions = {
  rate: { type: 'string', describe: 'connections per second' },
  range: { type: 'string', describe: "port range, such as '1024 65535'; 32768 60999 by default" },
  destinations: { type: 'string', describe: 'addresses × ports that are connected to, 1 by default' },
  sources: { type: 'string', describe: 'source addresses, 1 by default' },
  reuse: { oneOf: ['0', '1'], type: 'string', describe: 'tcp_tw_reuse: 0 (the default) or 1' },
  'reuse-delay': { type: 'string', describe: 'tcp_tw_reuse_delay in ms, 1000 by default' },
  close: { oneOf: ['client', 'server'], type: 'string', describe: 'who closes first: client (the default) or server' },
  threads: { type: 'string', describe: 'threads that call connect(), 1 by default' },
  buckets: { type: 'string', describe: 'tcp_max_tw_buckets, 131072 by default' },
  from: { type: 'string', isPath: true, describe: 'take the figures from this run or observation' },
  json: { type: 'boolean', default: false, describe: 'print the budget as JSON on stdout' },
} as const;
