import { actionBenchmark } from './action-benchmark.ts';
import { csv } from './csv.ts';
import type { Exporter } from './exporter.ts';
import { html } from './html/html.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { openmetrics } from './openmetrics.ts';
import { svg } from './svg.ts';

/**
 * All file formats by the word for `--format`; a new one is one file and one line here. The terminal is
 * apart: it depends on colour and width.
 */
export const exporters: readonly Exporter[] = [json, markdown, html, junit, openmetrics, csv, actionBenchmark, svg];
