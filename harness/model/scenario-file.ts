import * as z from 'zod';
import {
  Arrival,
  ForeignImage,
  LoadSpec,
  PeerSpec,
  Profile,
  Scenario,
  type ScenarioInput,
  ServerSpec,
} from './scenario.ts';
import { ClosePolicy, Role } from './vocabulary.ts';

/** A server in a file: one of the lab's by name, or a program by its command. */
const FileServer = ServerSpec.extend({
  /** Name of one of the lab's servers; a program has a command instead, and an image neither. */
  server: z.string().optional(),
  /** A program and its arguments; no shell reads them. */
  command: z.string().min(1).optional(),
  /** The program's configuration file, relative to the scenario file; `{config}` in the command is its path. */
  config: z.string().min(1).optional(),
}).superRefine(({ server, command, config }, context) => {
  const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (server !== undefined && command !== undefined) say('command', 'a server has no command: omit one of the two');
  if (config !== undefined && command === undefined) say('config', 'only a program with a command has one');
});
type FileServer = z.infer<typeof FileServer>;

const FilePeer = PeerSpec.extend({
  /** `nginx` alone stands for `{server: nginx}`. */
  serves: z.array(z.union([z.string().min(1), FileServer])).default([]),
  /** A reference alone, or with its environment. */
  image: z.union([z.string().min(1), ForeignImage]).optional(),
}).superRefine(({ serves, image }, context) => {
  if (image !== undefined) return;
  for (const [index, one] of serves.entries()) {
    if (typeof one === 'string' || one.server !== undefined || one.command !== undefined) continue;
    const message = 'is missing: name a server, a program with command, or an image of the peer';
    context.addIssue({ code: 'custom', path: ['serves', index, 'server'], message });
  }
});

const FileLoad = LoadSpec.extend({
  /** A program as the load: the engine `program` with this command. */
  command: z.string().min(1).optional(),
  closePolicy: ClosePolicy.default('client-fin'),
  arrival: Arrival.default({ loop: 'closed', concurrency: 8 }),
  durationMs: LoadSpec.shape.durationMs.default(10_000),
}).superRefine(({ command, image, engine }, context) => {
  const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (command !== undefined && image !== undefined)
    say('command', 'an image makes the load already: omit one of the two');
  const runs = command === undefined ? (image === undefined ? null : 'outside') : 'program';
  if (runs === null || engine === 'churn' || engine === runs) return;
  say('engine', `the engine ${engine} runs no ${runs === 'program' ? 'command' : 'image'}: omit one of the two`);
});

const FileProfile = Profile.extend({ title: z.string().optional() });

/**
 * A scenario in a file of the user's own (YAML or JSON): the same fields as one of the catalogue, with defaults, programs as
 * servers and as the load, and profiles by name, by file or in place.
 */
export const ScenarioFile = Scenario.extend({
  /** Absent: the file's name. */
  name: Scenario.shape.name.optional(),
  title: z.string().optional(),
  story: z.string().default(''),
  peers: z.record(Role, FilePeer),
  /** Absent: between the load and its servers, and between each server and its next hops. */
  links: Scenario.shape.links.optional(),
  load: FileLoad.prefault({}),
  profiles: z
    .array(z.union([z.string().min(1), FileProfile]))
    .min(1)
    .default(['baseline']),
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;

const serversOf = ({ serves }: ScenarioFile['peers'][string]) =>
  serves.map((one): FileServer => (typeof one === 'string' ? FileServer.parse({ server: one }) : one));

/** Whether the file names programs, images or rulesets, which run with the caller's rights or on the caller's machine. */
export function namesCommands({ peers, load }: ScenarioFile): boolean {
  const all = Object.values(peers);
  return (
    load.command !== undefined ||
    load.image !== undefined ||
    load.parameters.command !== undefined ||
    all.some((peer) => peer.image !== undefined || peer.nftables !== undefined) ||
    all.flatMap(serversOf).some((spec) => spec.command !== undefined || spec.server === 'program')
  );
}

/** Whether it names other files: configuration of its programs, or profiles. */
export function namesFiles(file: ScenarioFile): boolean {
  return configFiles(file).length > 0 || file.profiles.some((one) => typeof one === 'string' && isProfileFile(one));
}

/** A profile that is named by its file: with a slash, or with one of these endings. */
export function isProfileFile(name: string): boolean {
  return /\/|\.(conf|ya?ml|json)$/i.test(name);
}

/** Configuration files that it names, with the field that does. */
export function configFiles({ peers, variants = {} }: ScenarioFile): { field: string; path: string }[] {
  const all = [
    ...Object.entries(peers).map(([role, peer]) => ({ field: `peers.${role}`, serves: serversOf(peer) })),
    ...Object.entries(variants).flatMap(([name, changes]) =>
      Object.entries(objectAt(changes, 'peers')).map(([role, peer]) => {
        const { serves } = Object(peer);
        return { field: `variants.${name}.peers.${role}`, serves: Array.isArray(serves) ? serves.map(Object) : [] };
      }),
    ),
  ];
  return all.flatMap(({ field, serves }) =>
    serves.flatMap(({ config }, index) =>
      typeof config === 'string' ? [{ field: `${field}.serves[${index}].config`, path: config }] : [],
    ),
  );
}

function objectAt(value: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = value[key];
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}

export interface FileContext {
  /** Where the file gives no name. */
  fallbackName: string;
  /** Where its programs run. */
  folder: string;
  /** Text of each configuration file that it names, by the path as written. */
  configs: ReadonlyMap<string, string>;
  /** Names of its profiles, in its order. */
  profileNames: readonly string[];
}

/** The scenario that a file describes. */
export function scenarioOf(
  file: ScenarioFile,
  { fallbackName, folder, configs, profileNames }: FileContext,
): ScenarioInput {
  const name = file.name ?? fallbackName;
  const { command, ...load } = file.load;
  const withImage = load.image === undefined ? load : { ...load, engine: 'outside' };
  const peers = Object.entries(file.peers).map(([role, { image, ...peer }]) => [
    role,
    {
      ...peer,
      ...(image !== undefined && { image: typeof image === 'string' ? { reference: image } : image }),
      serves: serversOf({ ...peer, image }).map((spec) => served(spec, folder, configs)),
    },
  ]);
  return {
    ...file,
    name,
    title: file.title ?? name,
    peers: Object.fromEntries(peers),
    links: file.links ?? linksOf(file),
    load:
      command === undefined
        ? withImage
        : { ...load, engine: 'program', parameters: { folder, ...load.parameters, command } },
    profiles: [...profileNames],
    ...(file.variants && {
      variants: Object.fromEntries(
        Object.entries(file.variants).map(([key, changes]) => [key, variantOf(changes, folder, configs)]),
      ),
    }),
    quick: file.quick ?? { scalePorts: true, ports: 1000, load: {} },
  };
}

function served(
  { server, command, config, ...spec }: Partial<FileServer>,
  folder: string,
  configs: ReadonlyMap<string, string>,
) {
  if (command === undefined) return { ...spec, server: server ?? 'image' };
  const text = config === undefined ? undefined : configs.get(config);
  const parameters = { folder, ...spec.parameters, command, ...(text !== undefined && { config: text }) };
  return { ...spec, server: 'program', parameters };
}

/** A variant's changes in the scenario's own fields; what is not valid stays, for the plan to report. */
function variantOf(changes: Record<string, unknown>, folder: string, configs: ReadonlyMap<string, string>) {
  const { command, ...load } = objectAt(changes, 'load');
  const program = { ...load, engine: 'program', parameters: { folder, ...objectAt(load, 'parameters'), command } };
  const peers = Object.entries(objectAt(changes, 'peers')).map(([role, peer]) => {
    // A text has a field for each of its characters.
    if (typeof peer !== 'object' || peer === null) return [role, peer];
    const { serves, image, ...rest } = peer as Record<string, unknown>;
    return [
      role,
      {
        ...rest,
        ...(image !== undefined && { image: typeof image === 'string' ? { reference: image } : image }),
        ...(serves !== undefined && {
          serves: Array.isArray(serves)
            ? serves.map((one) => served(typeof one === 'string' ? { server: one } : Object(one), folder, configs))
            : serves,
        }),
      },
    ];
  });
  return {
    ...changes,
    ...(changes.load !== undefined && { load: command === undefined ? load : program }),
    ...(changes.peers !== undefined && { peers: Object.fromEntries(peers) }),
  };
}

/** One link for each hop: the load's, and those from a server to its next hops. */
function linksOf({ peers, load }: ScenarioFile): [string, string][] {
  const hops = [
    [load.from, load.to],
    ...Object.entries(peers).flatMap(([role, peer]) =>
      serversOf(peer).flatMap(({ upstream = [] }) => upstream.map((next) => [role, next])),
    ),
  ] as [string, string][];
  const seen = new Set<string>();
  return hops.filter(([a, b]) => {
    const key = [a, b].sort().join(' ');
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** The field of a file that a scenario's field was made from: `load.parameters.command` → `load.command`. */
export function fileField(field: string): string {
  return field
    .replace(/\.(\d+)(?=\.|$)/g, '[$1]')
    .replace(/^load\.parameters\.command$/, 'load.command')
    .replace(/^(peers\.[^.]+\.serves\[\d+\])\.parameters\.(command|config)$/, '$1.$2');
}
