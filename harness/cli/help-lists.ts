import { engineTraits } from '../load/traits.ts';
import { exporters } from '../report/exporters.ts';
import { runtimes } from '../runtime/registry.ts';
import type { HelpLists } from './command-options.ts';
import { usualFormats } from './write-reports.ts';

/** Formats, engines and runtimes for --help, from their registries. */
export const helpLists: HelpLists = {
  formats: exporters.map((exporter) => exporter.format).join(', '),
  usualFormats: usualFormats.join(', '),
  engines: engineTraits.map((engine) => engine.name).join(', '),
  runtimes: ['auto', ...runtimes.map((runtime) => runtime.name)].join(', '),
};
