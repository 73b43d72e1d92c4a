// The curves of the page: convergence and function, their numbers as text, their exports, and equality with the
// command line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { makeFolder, run as runCommand } from '../cli/command.ts';
import { launchBrowser } from './chromium.ts';
import { openPage, type OpenedPage } from './page.ts';
import { servePage } from './server.ts';

let browser: Browser;
let server: Awaited<ReturnType<typeof servePage>>;
let tab: OpenedPage;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), servePage()]);
  tab = await openPage(browser, server.url);
});
afterAll(async () => {
  expect(tab.complaints).toEqual([]);
  await browser.close();
  server.close();
});

/** Begins a run, plays it to its last step and waits until the views have drawn that. */
async function playToEnd(input: object): Promise<void> {
  const { page, onApp } = tab;
  const ok = await onApp(async (app, config) => app.apply(config), input);
  expect(ok).toBe(true);
  await onApp((app) => app.session.play(), null);
  await page.waitForFunction(() => window.meanfield.session.status === 'finished');
  await onApp((app) => app.session.inOrder(() => Promise.resolve()), null);
}

/** One of the exports of a view as text; of a picture its size and type. */
const exported = (view: string, kind: 'svg' | 'png' | 'csv') =>
  tab.onApp(
    async (app, [name, what]) => {
      const found = app.views.find((one) => one.name === name);
      const made = await found?.exports[what as 'csv']?.();
      return typeof made === 'object' ? `${(made as Blob).type} ${(made as Blob).size}` : made;
    },
    [view, kind] as const,
  );

const SINE = {
  problem: { kind: 'function', points: { low: -1, high: 1, count: 24 } },
  network: { width: 257 },
  flow: { dt: 0.03, steps: 75 },
};

describe('the convergence view', () => {
  it('gives the history that the command line writes, bit by bit', async () => {
    // A last step that is no multiple of record.every, a penalty and a test set: every column has numbers.
    const config = {
      seed: 7,
      problem: { dimension: 3, samples: 37, testSamples: 11 },
      network: { activation: 'relu', width: 257 },
      flow: { dt: 0.03, steps: 75, penalty: { kind: 'weight-decay', strength: 1e-3 } },
    };
    await playToEnd(config);
    const onPage = await exported('convergence', 'csv');
    const folder = makeFolder({ 'config.json': JSON.stringify(config) });
    const { code, stderr } = await runCommand(folder, [
      'train',
      '--config',
      'config.json',
      '--out',
      'out',
    ]);
    expect(code, stderr).toBe(0);
    expect(onPage).toBe(readFileSync(join(folder, 'out/history.csv'), 'utf8'));
    expect(onPage?.split('\n')).toHaveLength(1 + 9 + 1);
  });

  it('says the latest numbers without the picture and shows them all in a table', async () => {
    await playToEnd(SINE);
    const view = tab.page.locator('#view-convergence');
    const last = (await exported('convergence', 'csv'))?.trim().split('\n').at(-1) ?? '';
    const loss = Number(last.split(',')[2]);
    const label = (await view.locator('[role=img]').getAttribute('aria-label')) ?? '';
    const said = Number(/At step 75, time 2.25: training loss ([\d.]+)/.exec(label)?.[1]);
    expect(Math.abs(said - loss)).toBeLessThan(1e-3 * said);
    await view.locator('summary').press('Enter');
    const rows = await view.locator('tbody tr').allTextContents();
    expect(rows).toHaveLength(9);
    expect(rows[0]).toMatch(/^0/);
    await view.locator('summary').press('Enter');
    await view.locator('table').waitFor({ state: 'detached' });
  });

  it('shows and hides quantities by keyboard, on the axes that were asked for', async () => {
    const view = tab.page.locator('#view-convergence');
    const before = (await exported('convergence', 'svg')) ?? '';
    expect(before).toContain('training loss');
    expect(before).not.toContain('>residual norm');
    await view.getByRole('button', { name: 'residual norm' }).press('Enter');
    expect(await exported('convergence', 'svg')).toContain('>residual norm');
    await view.getByRole('combobox', { name: 'Quantities' }).selectOption('change');
    await view.getByRole('checkbox', { name: 'log x' }).check();
    await view.getByRole('button', { name: 'drift of the mean' }).waitFor();
    // δ of step 0 has no place on log axes; the relu flow keeps it up to the step size.
    const svg = (await exported('convergence', 'svg')) ?? '';
    expect(svg).toContain('drift of the mean');
    expect(svg).not.toContain('NaN');
    expect(await exported('convergence', 'png')).toMatch(/^image\/png \d{4,}$/);
  });

  it('draws 20 000 rows', async () => {
    await tab.onApp(async (app) => {
      const row = app.session.rows[0];
      app.session.rows = Array.from({ length: 20_000 }, (_, step) => ({
        ...row,
        ...{ step, time: 0.1 * step, loss: Math.exp(-step / 1000) },
      }));
      await app.session.step();
    }, null);
    const view = tab.page.locator('#view-convergence');
    await view.locator('summary').click();
    expect(await view.locator('caption').textContent()).toContain('200 of 20000 rows');
    expect(await view.locator('tbody tr').count()).toBe(200);
  });
});
