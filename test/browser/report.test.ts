import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recommend } from '../../harness/analysis/advice/recommend.ts';
import { html } from '../../harness/report/html/html.ts';
import type { ReportView } from '../../harness/report/view.ts';
import { requireOrSkip } from '../require.ts';
import { sampleCountedCell } from '../samples/connection.ts';
import { sampleCell, sampleReport, sampleReuseCell, sampleSkipped } from '../samples/report.ts';
import { sampleRunView } from '../samples/run.ts';

/** The page in a real browser. Screenshots are written to test-artifacts/. */
const executablePath = process.env.TIMEWAIT_LAB_CHROMIUM ?? '/usr/bin/chromium';
const missing = existsSync(executablePath) ? null : `${executablePath} is missing; apt-get install chromium`;
const artifacts = 'test-artifacts';
const nasty = '<script>document.title="broken"</script><img src=x onerror="document.title=1">';

/** What is used here of HTMLCanvasElement: browser types are not part of this project's Node types. */
interface Canvas {
  width: number;
  height: number;
  getContext(
    this: unknown,
    kind: '2d',
  ): { getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray } };
}

describe('report.html in chromium', () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-report-'));

  beforeEach((context) => requireOrSkip('browser', missing, context));

  beforeAll(async () => {
    if (missing !== null) return;
    mkdirSync(artifacts, { recursive: true });
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(
    view: ReportView,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; problems: string[] }> {
    const file = join(folder, `${Math.random()}.html`);
    writeFileSync(file, html.render(view));
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) problems.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    await page.locator('.chart').first().scrollIntoViewIfNeeded();
    await page.locator('.chart[data-drawn]').first().waitFor();
    return { page, problems };
  }

  /** Share of the chart's pixels that are not transparent. */
  const inked = (page: Page, chart = 0) =>
    page
      .locator('.chart[data-drawn] canvas')
      .nth(chart)
      .evaluate((canvas) => {
        const { width, height, getContext } = canvas as unknown as Canvas;
        const { data } = getContext.call(canvas, '2d').getImageData(0, 0, width, height);
        let inked = 0;
        for (let i = 3; i < data.length; i += 4) if ((data[i] ?? 0) > 0) inked++;
        return inked / (width * height);
      });

  it('draws the charts in light and dark mode, with no console messages', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, problems } = await open(sampleRunView(), { colorScheme });
      expect(await inked(page)).toBeGreaterThan(0.005);
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(18, 23, 30)');
      await page.screenshot({ path: join(artifacts, `report-${colorScheme}.png`), fullPage: true });
      for (const summary of await page.locator('details.cell > summary').all()) await summary.click();
      for (const figure of await page.locator('.chart').all()) await figure.scrollIntoViewIfNeeded();
      await page.waitForFunction('document.querySelectorAll(".chart:not([data-drawn])").length === 0');
      await page.screenshot({ path: join(artifacts, `report-${colorScheme}-details.png`), fullPage: true });
      expect(problems).toEqual([]);
      await page.context().close();
    }
  }, 60_000);

  it('answers on the first screen, and copies a setting at real size', async () => {
    for (const width of [1280, 360]) {
      const cells = [sampleCell(), sampleReuseCell()];
      const { page, problems } = await open(sampleRunView({ cells, recommendations: recommend(cells) }), {
        viewport: { width, height: 900 },
      });
      expect(await page.locator('h1').textContent()).toBe(
        'In quick form: ports run out with tw-reuse-0; not with tw-reuse-1.',
      );
      expect(await page.locator('header .chip').first().textContent()).toBe('PASS');
      expect(await page.locator('header').textContent()).toContain('200/s offered for 12 s');
      expect(await page.locator('table.answer tbody tr').count()).toBe(2);
      expect(await page.locator('[data-copy]').first().getAttribute('data-copy')).toBe(
        'sysctl -w net.ipv4.tcp_tw_reuse=1',
      );
      await page.locator('[data-copy]').first().click();
      const sticky = "getComputedStyle(document.querySelector('table.answer tbody th')).position";
      expect(await page.evaluate(sticky)).toBe('sticky');
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(
        0,
      );
      await page.evaluate('scrollTo(0, 0)');
      await page.screenshot({ path: join(artifacts, `report-first-screen-${width}px.png`) });
      expect(problems).toEqual([]);
      await page.context().close();
    }
  }, 60_000);

  it('shows the values under the pointer', async () => {
    const { page, problems } = await open(sampleRunView());
    const chart = page.locator('.chart').first();
    await chart.scrollIntoViewIfNeeded();
    const values = () => chart.locator('.u-value').allTextContents();
    expect((await values()).join()).not.toMatch(/\d/);
    await chart.locator('.u-over').hover({ position: { x: 300, y: 60 } });
    await expect.poll(async () => (await values()).join(' ')).toMatch(/\d+(\.\d)? s .*\d/);
    expect(problems).toEqual([]);
    await page.context().close();
  }, 30_000);

  it('can be read and zoomed by keyboard', async () => {
    const { page } = await open(sampleRunView());
    const chart = page.locator('.chart').first();
    await chart.focus();
    await page.keyboard.press('ArrowRight');
    const time = () => chart.locator('.u-value').first().textContent();
    await expect.poll(time).toMatch(/ s$/);
    const first = await time();
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(time).not.toBe(first);
    const before = await chart.locator('canvas').screenshot();
    await page.keyboard.press('+');
    await expect.poll(async () => (await chart.locator('canvas').screenshot()).equals(before)).toBe(false);
    // Every summary is reached by Tab and opens on Enter.
    await page.locator('details.cell > summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('details.cell').first().getAttribute('open')).not.toBeNull();
    await page.context().close();
  }, 30_000);

  it('fits a width of 380 px without scrolling sideways', async () => {
    const { page, problems } = await open(sampleRunView(), { viewport: { width: 380, height: 800 } });
    for (const summary of await page.locator('details.cell > summary').all()) await summary.click();
    await page.locator('.chart').last().scrollIntoViewIfNeeded();
    const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(wider).toBe(0);
    await page.screenshot({ path: join(artifacts, 'report-380px.png'), fullPage: true });
    expect(problems).toEqual([]);
    await page.context().close();
  }, 30_000);

  it('draws one connection without cutting a text off, at 360 px and in both colour schemes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, problems } = await open(sampleRunView({ cells: [sampleCountedCell()] }), {
        viewport: { width: 360, height: 800 },
        colorScheme,
      });
      const folded = page.locator('details.connection');
      expect(await folded.locator('svg').isVisible()).toBe(false);
      await folded.locator('summary').focus();
      await page.keyboard.press('Enter');
      expect(await folded.getByRole('img', { name: /client sends FIN ACK: client FIN_WAIT1/ }).isVisible()).toBe(true);
      const outside = `[...document.querySelectorAll('.connection svg text')].filter((text) => {
        const [box, all] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
        return box.left < all.left || box.right > all.right || box.bottom > all.bottom;
      }).map((text) => text.textContent)`;
      expect(await page.evaluate(outside)).toEqual([]);
      // The colours are those of the page's style, which a refused style would not give.
      const fill = await page.evaluate("getComputedStyle(document.querySelector('.connection text.waits')).fill");
      expect(fill).toBe(colorScheme === 'dark' ? 'rgb(255, 138, 128)' : 'rgb(179, 38, 30)');
      const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect(wider).toBe(0);
      await folded.screenshot({ path: join(artifacts, `report-connection-${colorScheme}.png`) });
      expect(problems).toEqual([]);
      await page.context().close();
    }
  }, 30_000);

  it('shows markup in names as text', async () => {
    const failures = [{ errno: nasty, phase: 'connect' as const, count: 3 }];
    const view = sampleRunView({
      cells: [
        sampleCell({ scenario: nasty, profile: nasty, load: { ...sampleCell().load, failures }, evidence: [nasty] }),
        sampleReuseCell({ scenario: nasty }),
        sampleSkipped({ scenario: nasty, reason: nasty }),
      ],
      recommendations: [{ scenario: nasty, action: nasty, because: nasty }],
      host: { ...sampleReport().host, cpu: nasty },
    });
    const { page, problems } = await open(view);
    expect(await page.title()).toContain('<script>');
    expect(await page.locator('h1').textContent()).toContain('<script>');
    expect(await page.locator('img').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  }, 30_000);

  it('prints with every cell and the drawing of a connection open', async () => {
    const { page } = await open(sampleRunView({ cells: [sampleCountedCell()] }));
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator('details.cell:not([open])').count()).toBe(0);
    expect(await page.locator('details.connection[open]').count()).toBe(1);
    await page.waitForFunction('document.querySelectorAll(".chart:not([data-drawn])").length === 0');
    writeFileSync(join(artifacts, 'report.pdf'), await page.pdf({ format: 'A4' }));
    await page.context().close();
  }, 30_000);
});
