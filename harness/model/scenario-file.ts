import * as z from 'zod';
import { Arrival, LoadSpec, PeerSpec, Profile, Scenario, type ScenarioInput, ServerSpec } from './scenario.ts';
import { ClosePolicy, Role } from './vocabulary.ts';

/** A server in a file: one of the lab's by name, or a program by its command. */
const FileServer = ServerSpec.extend({
  /** Name of one of the lab's servers; a program has a command instead. */
  server: z.string().optional(),
  /** A program and its arguments; no shell reads them. */
  command: z.string().min(1).optional(),
  /** The program's configuration file, relative to the scenario file; `{config}` in the command is its path. */
  config: z.string().min(1).optional(),
}).superRefine(({ server, command, config }, context) => {
  const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (server === undefined && command === undefined) say('server', 'name a server, or a program with command');
  if (server !== undefined && command !== undefined) say('command', 'a server has no command: omit one of the two');
  if (config !== undefined && command === undefined) say('config', 'only a program with a command has one');
});

const FilePeer = PeerSpec.extend({ serves: z.array(FileServer).default([]) });

const FileLoad = LoadSpec.extend({
  /** A program as the load: the engine `program` with this command. */
  command: z.string().min(1).optional(),
  closePolicy: ClosePolicy.default('client-fin'),
  arrival: Arrival.default({ loop: 'closed', concurrency: 8 }),
}).superRefine(({ command, engine }, context) => {
  if (command === undefined || engine === 'churn' || engine === 'program') return;
  context.addIssue({
    code: 'custom',
    path: ['command'],
    message: `the engine ${engine} runs no command: omit one of the two`,
  });
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
  /** Absent: the two peers are linked. */
  links: Scenario.shape.links.optional(),
  load: FileLoad,
  profiles: z
    .array(z.union([z.string().min(1), FileProfile]))
    .min(1)
    .default(['baseline']),
}).superRefine(({ peers, links }, context) => {
  if (links !== undefined || Object.keys(peers).length === 2) return;
  context.addIssue({ code: 'custom', path: ['links'], message: 'are missing: [[client, proxy], [proxy, server]]' });
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;

/** Whether the file names programs or images, which run with the caller's rights or on the caller's machine. */
export function namesCommands({ peers, load }: ScenarioFile): boolean {
  const serves = Object.values(peers).flatMap((peer) => peer.serves);
  return (
    load.command !== undefined ||
    load.image !== undefined ||
    load.parameters.command !== undefined ||
    Object.values(peers).some((peer) => peer.image !== undefined) ||
    serves.some((spec) => spec.command !== undefined || spec.server === 'program')
  );
}

/**
 * The scenario that a file describes. `fallbackName`: where it gives none. `folder`: where its programs run. `readConfig`:
 * the text of a configuration file that it names. `profileNames`: of its profiles, in its order.
 */
export function scenarioOf(
  file: ScenarioFile,
  {
    fallbackName,
    folder,
    readConfig,
    profileNames,
  }: {
    fallbackName: string;
    folder: string;
    readConfig: (path: string) => string;
    profileNames: readonly string[];
  },
): ScenarioInput {
  const name = file.name ?? fallbackName;
  const { command, ...load } = file.load;
  const peers = Object.entries(file.peers).map(([role, peer]) => [
    role,
    {
      ...peer,
      serves: peer.serves.map(({ server, command: program, config, ...spec }) =>
        program === undefined
          ? { ...spec, server: server as string }
          : {
              ...spec,
              server: 'program',
              parameters: {
                folder,
                ...spec.parameters,
                command: program,
                ...(config !== undefined && { config: readConfig(config) }),
              },
            },
      ),
    },
  ]);
  return {
    ...file,
    name,
    title: file.title ?? name,
    peers: Object.fromEntries(peers),
    links: file.links ?? [Object.keys(file.peers) as [string, string]],
    load: command === undefined ? load : { ...load, engine: 'program', parameters: { ...load.parameters, command } },
    profiles: [...profileNames],
    quick: file.quick ?? { scalePorts: true, load: {} },
  };
}
