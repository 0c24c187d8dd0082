import { duration, figure } from '../../model/figure.ts';
import { labCommand } from '../../model/lab-command.ts';
import type { Answer } from '../answer/answer.ts';
import { type Outcome, outcomeOf } from '../answer/outcome.ts';
import type { ReportView } from '../view.ts';
import { type Markup, markup } from './markup.ts';
import { verdictChip } from './scenario-section.ts';

/** The first screen of the page: finding, whether everything held, where and when, and the caveats, folded. */
export function firstScreen(view: ReportView, answers: readonly Answer[], title: string): Markup {
  const { host, run } = view.report;
  const [answer] = answers;
  const single = answers.length === 1 && answer !== undefined ? answer : null;
  const outcome = outcomeOf(view.report);
  const facts = [
    run.startedAt.slice(0, 10),
    `Linux ${host.kernel ?? 'unknown'}`,
    `${figure(host.cores)} cores`,
    host.runtime,
    ...(single?.load == null ? [] : [single.load]),
    `${run.form} form`,
    duration(run.durationMs),
  ];
  return markup`
  <h1>${single?.finding ?? title}</h1>
  <p class="totals">${chips(outcome)}${view.totals.map(([verdict, n]) => markup` ${verdictChip(verdict, `${figure(n)} ${verdict}`)}`)}</p>
  <p class="lead">${facts.join(' · ')}</p>
  ${single?.quick != null && markup`<p class="quick">${single.quick}</p>`}
  ${outcome.broken.length > 0 && markup`<ul class="expected">${outcome.broken.map((line) => markup`<li class="broken">✗ ${line}</li>`)}</ul>`}
  ${caveats(view, outcome)}`;
}

function chips({ result, checks }: Outcome): Markup {
  const [word, kind] =
    result === 'pass' ? ['PASS', 'healthy'] : result === 'fail' ? ['FAIL', 'failed'] : ['NOTHING MEASURED', 'unknown'];
  const all = checks.map(
    ({ name, held, of }) =>
      markup` <span class="chip ${held === of ? 'healthy' : 'failed'}">${name} ${figure(held)}/${figure(of)}</span>`,
  );
  return markup`<span class="chip ${kind}">${word}</span>${all}`;
}

function caveats(view: ReportView, { result }: Outcome): Markup {
  if (view.doubts.length === 0) {
    return markup`<p class="believe">✓ All counts balance; no reason found to doubt these figures.</p>`;
  }
  const list = markup`<summary>Caveats (${view.doubts.length})</summary><ul>${view.doubts.map((doubt) => markup`<li>${doubt}</li>`)}</ul>`;
  return result === 'pass'
    ? markup`<details class="doubts">${list}</details>`
    : markup`<details class="doubts" open>${list}</details>`;
}

/** One scenario's answer: chart, a row for each setting, what to do with settings to copy, figures at real size. */
export function answerSection(answer: Answer, isOnly: boolean, chart: readonly Markup[]): Markup {
  return markup`
  ${!isOnly && markup`<p class="finding"><strong>${answer.finding}</strong>${answer.load !== null && markup` ${answer.load}.`}</p>`}
  ${!isOnly && answer.quick !== null && markup`<p class="quick">${answer.quick}</p>`}
  ${chart}
  ${table(answer)}
  ${answer.caveats.map(({ mark, text }) => markup`<p class="note">${mark} ${text}</p>`)}
  ${answer.fit.map((text) => markup`<p class="note">${text}</p>`)}${todo(answer)}
  ${answer.why.length > 0 && markup`<details class="story"><summary>Why</summary><ul>${answer.why.map((text) => markup`<li>${text}</li>`)}</ul></details>`}`;
}

function table({ rows, failureHead }: Answer): Markup {
  const head = ['result', 'done', failureHead, 'ran out', 'connect() p50'];
  return markup`
<div class="scroll" tabindex="0" role="region" aria-label="Result of each setting"><table class="answer">
<thead><tr><th scope="col">setting</th>${head.map((text) => markup`<th scope="col">${text}</th>`)}<th scope="col" class="text">what it means</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      markup`<tr><th scope="row">${row.label}${row.settings !== '' && markup`<span class="setting">${row.settings}</span>`}</th><td>${verdictChip(row.verdict, row.result)}</td><td>${row.done}</td><td>${row.failures}</td><td>${row.ranOut}</td><td>${row.connect}</td><td class="text">${row.meaning}</td></tr>`,
  )}</tbody></table></div>`;
}

function todo({ todo: list, atRealSize, quick, argument }: Answer): Markup | null {
  if (list.length === 0 && atRealSize.length === 0) return null;
  const command = (text: string) =>
    markup`<div class="command"><code>${text}</code> <button type="button" data-copy="${text}">copy</button></div>`;
  return markup`<div class="todo">
${list.length > 0 && markup`<h3>What to do</h3><ol>${list.map((one) => markup`<li><strong>${one.action}</strong>: ${[one.figure, ...one.costs].join('; ')}${one.commands.map(command)}</li>`)}</ol>`}
${atRealSize.length > 0 && markup`<h3>At real size, calculated</h3><ul>${atRealSize.map((line) => markup`<li>${line}</li>`)}</ul>`}
${atRealSize.length > 0 && quick !== null && markup`<p>To test your own rate with all ports: ${command(labCommand('scenario', argument, '--rate', 'RATE'))}</p>`}
</div>`;
}
