import { targetText } from '../../analysis/observation/check-observation.ts';
import type { GateResult } from '../../model/gates.ts';
import type { Observation } from '../../model/observation.ts';
import { observationText } from '../text/observation-text.ts';
import { Markup, markup } from './markup.ts';

const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b2430;--line:#dfe4ea;--bad:#b42318}
@media (prefers-color-scheme:dark){:root{--paper:#12171e;--ink:#e6eaf0;--line:#2c3541;--bad:#ff8a75}}
body{margin:0 auto;max-width:90rem;padding:1rem clamp(.75rem,3vw,2rem);background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.3rem}pre{overflow-x:auto;border-top:2px solid var(--line);padding-top:1rem;font:13px/1.45 ui-monospace,monospace}
.broken{color:var(--bad);font-weight:600}`;

/** An observation as one self-contained page without a script. `hash`: of a text, for the Content-Security-Policy. */
export function observationPage(
  observation: Observation,
  gates: readonly GateResult[],
  hash: (text: string) => string,
): string {
  const policy = `default-src 'none'; style-src '${hash(style)}'; base-uri 'none'; form-action 'none'`;
  const { headline, advice, verdict, startedAt, kernel } = observation;
  const rest = observationText(observation)
    .split('\n')
    .slice(1 + advice.length)
    .join('\n');
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${targetText(observation)} · timewait-lab</title>
<style>${new Markup(style)}</style></head><body>
<h1>${verdict}: ${headline}</h1>
<p>${targetText(observation)}, ${startedAt}, Linux ${kernel ?? 'not read'}</p>
<ul>${advice.map(({ action, because }) => markup`<li><strong>${action}</strong>: ${because}</li>`)}</ul>
${gates.length > 0 && markup`<ul>${gates.map(({ gate, state, observed }) => markup`<li class="${state}">${state}: ${gate}, ${observed}</li>`)}</ul>`}
<pre>${rest}</pre>
</body></html>
`.text;
}
