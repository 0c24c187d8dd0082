// biome-ignore lint/style/noRestrictedImports: reads the chart library that is inlined; no input of a report
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The page's own style and script, and uPlot, as text to be put into the page. */
export interface Assets {
  css: string;
  script: string;
}

/** Beside this file in the sources; from the bundle in dist/ they are found in the source tree. */
const folders = ['./', '../harness/report/html/'].map((path) => new URL(path, import.meta.url));
let loaded: Assets | undefined;

export function pageAssets(): Assets {
  loaded ??= {
    css: `${vendor('uplot/dist/uPlot.min.css')}\n${own('page.css')}`,
    script: `${vendor('uplot/dist/uPlot.iife.min.js')}\n${own('page.js')}`,
  };
  return loaded;
}

function own(name: string): string {
  const file = folders.map((folder) => new URL(name, folder)).find((url) => existsSync(url));
  if (file === undefined) throw new Error(`${name} is neither beside the source nor beside the bundle`);
  return readFileSync(file, 'utf8');
}

function vendor(path: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(path), 'utf8');
}
