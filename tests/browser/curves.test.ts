// The curves of the page: convergence and function, their numbers as text, their exports, and equality with the
// command line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, run as runCommand } from '../cli/command.ts';
import { drawn, openPage, useBrowser, type OpenedPage } from './page.ts';

const around = useBrowser();
let tab: OpenedPage;

beforeAll(async () => {
  tab = await openPage(around);
  // Cards load when they come near the window.
  for (const name of ['convergence', 'function'])
    await tab.page.waitForSelector(`#view-${name} canvas`);
});
afterAll(() => {
  expect(tab.complaints).toEqual([]);
});

/** Begins a run, plays it to its last step and waits until the views have drawn that. */
async function playToEnd(input: object): Promise<void> {
  const { page, onApp } = tab;
  const ok = await onApp(async (app, config) => app.apply(config), input);
  expect(ok).toBe(true);
  await onApp((app) => app.session.play(), null);
  await page.waitForFunction(() => window.meanfield.session.status === 'finished');
  await drawn(page);
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
    await view.locator('table').waitFor();
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
    await view.locator('table').waitFor();
    expect(await view.locator('caption').textContent()).toContain('200 of 20000 rows');
    expect(await view.locator('tbody tr').count()).toBe(200);
  });
});

/** Rows of a CSV text without its head; empty cells are NaN. */
function rowsOf(csv: string | undefined): number[][] {
  const [, ...lines] = (csv ?? '').trim().split('\n');
  return lines.map((line) => line.split(',').map((cell) => (cell === '' ? NaN : Number(cell))));
}

/** The relu network of the page at inputs [n][d], summed in float64 from its particles. */
const networkAt = (inputs: number[][]): Promise<number[]> =>
  tab.onApp(async (app, x) => {
    const state = await app.session.run?.read();
    if (state === undefined) return [];
    const { a, b, c, width, dimension } = state.particles;
    return x.map((row) => {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        const z = row.reduce((z, value, k) => z + a[i * dimension + k] * value, -b[i]);
        sum += c[i] * Math.max(0, z);
      }
      return sum / width;
    });
  }, inputs);

describe('the function view', () => {
  it('draws the network of one input over its data and counts its knots', async () => {
    await playToEnd(SINE);
    const rows = rowsOf(await exported('function', 'csv'));
    const curve = rows.filter((row) => !Number.isNaN(row[3]));
    expect(curve.length).toBeGreaterThanOrEqual(33);
    expect(rows.filter((row) => !Number.isNaN(row[1]))).toHaveLength(24);
    const f = await networkAt(curve.map(([x]) => [x]));
    curve.forEach((row, i) => {
      expect(Math.abs(row[3] - f[i])).toBeLessThan(1e-5);
      expect(Math.abs(row[2] - Math.sin(2 * Math.PI * row[0]))).toBeLessThan(1e-6);
    });
    const [inside, all] = await tab.onApp(async (app) => {
      const state = await app.session.run?.read();
      const knots = Array.from(
        state?.particles.a ?? [],
        (a, i) => (state?.particles.b[i] ?? 0) / a,
      );
      // The axis: samples from −1 to 1, a tenth of that range more on either side, and 4 % of the rest around it.
      return [knots.filter((knot) => Math.abs(knot) < 1.2 + 0.04 * 2.4).length, knots.length];
    }, null);
    const strip = tab.page.locator('#view-function .knots canvas');
    expect(await strip.getAttribute('aria-label')).toContain(
      ` ${Math.round((100 * inside) / all)} %`,
    );
    const svg = (await exported('function', 'svg')) ?? '';
    for (const label of ['training samples', 'target', 'network f']) expect(svg).toContain(label);
  });

  it('maps two inputs, with the residuals that the loss is made of', async () => {
    await playToEnd({ network: { width: 64 }, flow: { steps: 20 } });
    const view = tab.page.locator('#view-function');
    const label = (await view.locator('.map canvas').getAttribute('aria-label')) ?? '';
    const said = Number(/root mean square ([\d.]+)/.exec(label)?.[1]);
    const loss = await tab.onApp((app) => app.session.rows.at(-1)?.loss ?? NaN, null);
    expect(said).toBeCloseTo(Math.sqrt(2 * loss), 3);
    const rows = rowsOf(await exported('function', 'csv'));
    expect(rows).toHaveLength(64);
    for (const [, , , y, f, residual] of rows) expect(residual).toBeCloseTo(f - y, 10);
    await view.getByRole('combobox', { name: 'What is shown' }).selectOption('fit');
    await view.getByRole('img', { name: /Largest distance/ }).waitFor();
    expect(await exported('function', 'svg')).toContain('Predicted against true');
  });

  it('cuts many inputs along an axis through a sample', async () => {
    await playToEnd({ problem: { dimension: 5 }, network: { width: 64 }, flow: { steps: 20 } });
    const view = tab.page.locator('#view-function');
    await view.getByRole('combobox', { name: 'Axis' }).selectOption('2');
    await view.getByRole('combobox', { name: 'Point' }).selectOption('3');
    await view.getByRole('button', { name: 'sample 3' }).waitFor();
    const [x, y] = await tab.onApp((app) => {
      const { train } = app.session.run?.problem ?? {};
      return [Array.from(train?.x.slice(15, 20) ?? []), train?.y[3] ?? NaN] as const;
    }, null);
    const rows = rowsOf(await exported('function', 'csv'));
    const marks = rows.filter((row) => !Number.isNaN(row[1]));
    expect(marks.map((row) => row.slice(0, 2))).toEqual([[x[2], y]]);
    const curve = rows.filter((row) => !Number.isNaN(row[3]));
    const f = await networkAt(curve.map(([at]) => x.map((value, k) => (k === 2 ? at : value))));
    curve.forEach((row, i) => expect(Math.abs(row[3] - f[i])).toBeLessThan(1e-5));
  });
});
