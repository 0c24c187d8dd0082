/** Options of `observe`, as command-options.ts lists those of the other commands. */
export const observeOptions = {
  pid: { type: 'string', describe: 'observe the network namespace of this process' },
  container: { type: 'string', describe: 'observe this container, of Docker or podman' },
  netns: { type: 'string', describe: 'observe this network namespace, as ip netns lists it' },
  for: { type: 'string', default: '10s', describe: 'how long' },
  json: { type: 'boolean', default: false, describe: 'print the observation as JSON on stdout' },
} as const;
