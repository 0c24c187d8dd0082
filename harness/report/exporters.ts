import { svg } from './charts/svg.ts';
import type { Exporter } from './exporter.ts';
import { html } from './html/html.ts';
import { actionBenchmark } from './machine/action-benchmark.ts';
import { csv } from './machine/csv.ts';
import { json } from './machine/json.ts';
import { junit } from './machine/junit.ts';
import { openmetrics } from './machine/openmetrics.ts';
import { markdown } from './text/markdown.ts';

/**
 * All file formats by their name for `--format`; a new one is one file and one line here. The terminal is separate: it
 * depends on colour and width.
 */
export const exporters: readonly Exporter[] = [json, markdown, html, junit, openmetrics, csv, actionBenchmark, svg];
