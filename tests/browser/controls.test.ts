// The controls of the page: presets, panel, link, command line, files.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config-check.ts';
import type { ConfigInput } from '../../src/config.ts';
import { loadParticles } from '../../src/problem/particles.ts';
import type { App } from '../../src/ui/app.ts';
import { encodeLink } from '../../src/ui/hash.ts';
import { PAGE_PRESETS, PRESET_NAMES } from '../../src/ui/presets.ts';
import { openPage, useBrowser, type OpenedPage } from './page.ts';

/** A run of seconds: 32 samples of a sine. */
const SMALL = {
  seed: 5,
  problem: { kind: 'function' },
  network: { activation: 'tanh', width: 200 },
  flow: { dt: 0.1, steps: 25 },
  record: { every: 5 },
} as const satisfies ConfigInput;
const CSV = 'x0,x1,y\n0,0,1\n1,0,0\n0,1,0\n1,1,1\n';

const around = useBrowser();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meanfield-controls-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const open = (config: ConfigInput, more: { query?: string } = {}): Promise<OpenedPage> =>
  openPage(around, {
    hash: encodeLink(parseConfig(config), null),
    permissions: ['clipboard-read', 'clipboard-write'],
    acceptDownloads: true,
    ...more,
  });
const status = async (page: Page): Promise<string> => (await page.textContent('#status')) ?? '';
const says = (page: Page, text: string): Promise<unknown> =>
  page.waitForFunction(
    (words) => document.querySelector('#status')?.textContent?.includes(words),
    text,
  );
/** Waits until the page is through with a change of the configuration, which this preset then is. */
const shows = (page: Page, preset: string): Promise<unknown> =>
  page.waitForFunction(
    (name) => document.querySelector<HTMLSelectElement>('#preset')?.value === name,
    preset,
  );
/** Plays to the last step. */
async function finish({ page, onApp }: OpenedPage): Promise<number> {
  await page.click('#play');
  await says(page, 'Finished');
  return onApp((app: App) => app.session.rows.at(-1)?.loss ?? NaN, null);
}

describe('a link', () => {
  it('opens the same run with the same loss, and its command reproduces it', async () => {
    // With steps from λ_max, which the page and the command line must renew alike.
    const first = await open({ ...SMALL, flow: { ...SMALL.flow, stableStep: 0.5 } });
    const loss = await finish(first);
    const steps = await first.onApp((app: App) => app.session.rows.map(({ dt }) => dt), null);
    expect(new Set(steps).size).toBeGreaterThan(2);
    await first.page.click('#copy-link');
    await says(first.page, 'Link copied');
    const clipboard = (): Promise<string> =>
      first.page.evaluate(() => navigator.clipboard.readText());
    const link = await clipboard();
    expect(link).toBe(first.page.url());
    const second = await openPage(around, { hash: link.split('#')[1] });
    expect(await finish(second)).toBe(loss);
    expect([...first.complaints, ...second.complaints]).toEqual([]);
    await second.close();

    await first.page.click('#copy-command');
    await says(first.page, 'Command copied');
    const words = (await clipboard()).split(' ');
    expect(words[0]).toBe('meanfield');
    const bin = join(import.meta.dirname, '../../bin/meanfield.js');
    const args = [bin, ...words.slice(1), '--json', '--quiet', '--out', join(folder, 'run')];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const software = await first.onApp((app: App) => app.session.engine.device?.software, null);
    const told = JSON.parse(stdout) as { step: number; loss: { last: number } };
    expect(told.step).toBe(25);
    // Node and the browser carry the same software adapter; other drivers may round activations otherwise.
    if (software && process.env['MEANFIELD_SOFTWARE'] === '1') expect(told.loss.last).toBe(loss);
    else expect(Math.abs(told.loss.last / loss - 1)).toBeLessThan(1e-5);
    await first.close();
  });

  it('that does not work gives one line and the first preset', async () => {
    const { page, onApp, close } = await openPage(around, {
      hash: 'c=%7B%22v%22:9%7D',
    });
    expect(await status(page)).toBe(
      'link: received version 9; allowed: 1, the one that this page reads',
    );
    const name = PRESET_NAMES[0];
    expect(await page.inputValue('#preset')).toBe(name);
    expect(await page.textContent('#about')).toBe(PAGE_PRESETS[name].note);
    const width = await onApp((app: App) => app.session.run?.width, null);
    expect(width).toBe(4096);
    await page.evaluate((hash) => (location.hash = hash), encodeLink(parseConfig(SMALL), null));
    await says(page, 'm = 200');
    await shows(page, '');
    await close();
  });
});

describe('the panel', () => {
  it('restarts the run on a change, changes the time step in it, and refuses what is wrong', async () => {
    const opened = await open(SMALL);
    const { page, onApp, complaints, close } = opened;
    await page.click('#step');
    await says(page, 'step 1,');
    const field = (label: string) =>
      page.locator('#panel').getByLabel(label, { exact: true }).first();
    await field('time step dt').fill('0.05');
    await field('time step dt').press('Enter');
    await says(page, 'Time step 0.05 from step 1 on');
    await page.click('#step');
    await says(page, 'at step 2,');
    expect(await onApp((app: App) => app.session.run?.time, null)).toBeCloseTo(0.15, 12);

    await field('activation').selectOption('erf');
    await says(page, 'Restarted with network.activation = "erf"; paused at step 0');
    expect(await onApp((app: App) => app.session.stepsDone, null)).toBe(0);
    expect(page.url()).toContain('erf');

    for (const wrong of ['-1', '1,5', 'NaN']) {
      await field('time step dt').fill(wrong);
      await field('time step dt').press('Enter');
      const received = wrong === '-1' ? wrong : JSON.stringify(wrong);
      await says(page, `page: flow.dt: received ${received}; allowed: a number`);
      expect(await field('time step dt').inputValue()).toBe('0.05');
    }
    expect(await onApp((app: App) => app.config.flow.dt, null)).toBe(0.05);
    await field('width m').selectOption('2^14 = 16384');
    await says(page, 'Restarted with network.width = 16384');
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('keys', () => {
  it('begin presets, hide the panel and list themselves, but not out of a field', async () => {
    const { page, onApp, close } = await open(SMALL);
    await page.keyboard.press('6');
    await shows(page, 'birth-death');
    expect(await page.textContent('#about')).toBe(PAGE_PRESETS['birth-death'].note);
    const config = await onApp((app: App) => app.config, null);
    expect(config).toEqual(parseConfig(PAGE_PRESETS['birth-death'].config));
    await page.keyboard.press('h');
    expect(await page.isVisible('#panel')).toBe(false);
    await page.keyboard.press('h');
    await page.locator('#panel').getByLabel('seed').first().fill('');
    await page.keyboard.type('2h');
    expect(await page.isVisible('#panel')).toBe(true);
    expect(await page.inputValue('#preset')).toBe('birth-death');
    await page.click('h1');
    await page.keyboard.press('?');
    expect(await page.locator('dialog kbd').allTextContents()).toContain('Space');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await close();
  });
});

describe('files', () => {
  it('take particles out and bring them back, number by number', async () => {
    const { page, onApp, complaints, close } = await open(SMALL);
    await page.click('#step');
    await says(page, 'step 1,');
    await page.click('#files summary');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save particles.npz' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('particles.npz');
    const path = join(folder, 'particles.npz');
    await download.saveAs(path);
    const read = async (app: App): Promise<Record<string, number[]>> => {
      const particles = (await app.session.run?.read())?.particles;
      return Object.fromEntries(
        (['a', 'b', 'c'] as const).map((name) => [name, [...(particles?.[name] ?? [])]]),
      );
    };
    const before = await onApp(read, null);
    const saved = await loadParticles(path, (file) => readFile(file));
    expect([...saved.c]).toEqual(before['c']);
    await page.keyboard.press('2');
    await shows(page, 'kernel');
    await page.evaluate((hash) => (location.hash = hash), encodeLink(parseConfig(SMALL), null));
    await says(page, 'm = 200');
    await page.click('#files summary');
    await page.setInputFiles('.menu input[type=file]', path);
    await says(page, 'Opened particles.npz with 200 particles; paused at step 0');
    expect(await onApp(read, null)).toEqual(before);
    expect(complaints).toEqual([]);
    await close();
  });

  it('of data are dropped on the page; a link waits for them', async () => {
    await writeFile(join(folder, 'xor.csv'), CSV);
    const drop = async (page: Page): Promise<void> => {
      const data = await page.evaluateHandle((text) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], 'xor.csv'));
        return transfer;
      }, CSV);
      await page.dispatchEvent('body', 'drop', { dataTransfer: data });
    };
    const { page, onApp, close } = await open(PAGE_PRESETS.adaptive.config);
    await drop(page);
    await says(page, 'Opened xor.csv with 4 samples, d = 2; independent particles');
    const y = await onApp((app: App) => [...(app.session.run?.problem.train.y ?? [])], null);
    expect(y).toEqual([1, 0, 0, 1]);
    await page.click('#copy-link');
    await says(page, 'it does not hold xor.csv');
    const link = page.url();
    await close();
    const other = await openPage(around, { hash: link.split('#')[1] });
    expect(await status(other.page)).toMatch(/^xor\.csv: .* drop this file/);
    await drop(other.page);
    await says(other.page, 'Opened xor.csv');
    expect(await other.onApp((app: App) => app.session.run?.dimension, null)).toBe(2);
    expect(other.complaints).toEqual([]);
    await other.close();
  });
});

describe('an embedded page', () => {
  it('shows the views alone and plays, or with the buttons of the run', async () => {
    const bare = await open(SMALL, { query: '?ui=none' });
    expect(await bare.page.isVisible('#play')).toBe(false);
    await bare.page.waitForFunction(() => Number(window.meanfield?.session.stepsDone) > 0);
    await bare.close();
    const small = await open(SMALL, { query: '?ui=min' });
    expect(await small.page.isVisible('#play')).toBe(true);
    expect(await small.page.isVisible('#copy-link')).toBe(false);
    expect(await small.page.isVisible('#panel')).toBe(false);
    await small.close();
  });
});

describe('an address that asks for what there is not', () => {
  it('gets a line and the whole page, whose theme is changed and remembered', async () => {
    const { page, close } = await open(SMALL, { query: '?ui=all' });
    expect(await status(page)).toBe('ui: received "all"; allowed: full, min, none');
    const paper = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.click('#theme');
    expect(await paper()).toBe(light);
    await page.click('#theme');
    expect(await paper()).not.toBe(light);
    await page.reload();
    expect(await page.getAttribute('#theme', 'aria-label')).toBe('Theme: dark');
    await close();
  });
});
