// The bundle contains other projects' code, whose licenses require their notices to be distributed with it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The notices of all bundled packages as one text, sorted by name.
 * `inputs`: paths of all bundled files, as in esbuild's metafile.
 */
export function thirdPartyLicenses(inputs, root) {
  const folders = new Set(
    inputs.map((path) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]),
  );
  folders.delete(undefined);
  const notices = [...folders].map((folder) => notice(join(root, folder)));
  return `${[...new Set(notices)].sort().join(`\n${'-'.repeat(80)}\n\n`)}`;
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text =
    file === undefined ? '(the package has no license file)' : readFileSync(join(folder, file), 'utf8').trim();
  return `${name} ${version}: ${license ?? 'license not stated'}\n\n${text}\n`;
}
