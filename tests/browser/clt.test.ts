// The CLT view: it reaches the law on a small preset, pauses, goes on, takes more replicas, and says what it is doing.
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { ConfigInput } from '../../src/config.ts';
import { openPage, useBrowser, type OpenedPage } from './page.ts';

const around = useBrowser();

const SMALL: ConfigInput = {
  seed: 1,
  problem: { kind: 'points', x: [-1, -0.2, 0.5, 1.1], y: [1, 0, -1, 0.5] },
  network: { activation: 'relu', width: 64 },
  flow: { dt: 0.05, steps: 20 },
  clt: { widths: [32, 64, 128], replicas: 20, times: [0, 0.5, 1], bootstrap: 500 },
};

async function open(clt: ConfigInput['clt'] = {}): Promise<OpenedPage> {
  const opened = await openPage(around);
  await opened.onApp((app, input) => app.apply(input), {
    ...SMALL,
    clt: { ...SMALL.clt, ...clt },
  });
  return opened;
}

const noteStarts = (page: Page, words: string) =>
  page.waitForFunction(
    (start) => document.querySelector('.clt-note')?.textContent?.startsWith(start),
    words,
    { timeout: 60_000 },
  );

/** Rows of the exported table, as numbers by column. */
async function rowsOf({ onApp }: OpenedPage): Promise<Record<string, number>[]> {
  const csv = await onApp(
    (app) => app.views.find(({ name }) => name === 'clt')?.exports.csv?.() ?? '',
    null,
  );
  const [head, ...lines] = csv.trim().split('\n');
  const names = head.split(',');
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, k) => [names[k], Number(cell)])),
  );
}

describe('the CLT view', () => {
  it('finds an interval of the exponent that contains −1, and then takes more replicas', async () => {
    const opened = await open();
    const { page, complaints, close } = opened;
    expect(await page.inputValue('#view-clt input[type=text]')).toBe('32, 64, 128');
    await page.click('#clt-start');
    await noteStarts(page, 'Finished: 20 of 20 replicas of every width');
    const verdict = (await page.textContent('.clt-verdict')) ?? '';
    expect(verdict).toMatch(/^At time 1 .* the interval contains −1/);
    const rows = await rowsOf(opened);
    expect(rows.map(({ width }) => width)).toEqual([32, 32, 32, 64, 64, 64, 128, 128, 128]);
    expect(rows.every(({ replicas }) => replicas === 20)).toBe(true);
    // The start has a closed form, and the measured interval holds it at two widths of three or more.
    const starts = rows.filter(({ time }) => time === 0);
    const held = starts.filter(
      (row) => row['ci_low'] < row['predicted'] && row['predicted'] < row['ci_high'],
    );
    expect(held.length).toBeGreaterThanOrEqual(2);
    await page.fill('#view-clt input[type=number]', '10');
    await page.click('text=Add 10 replicas');
    await noteStarts(page, 'Finished: 30 of 30 replicas of every width');
    expect((await rowsOf(opened)).every(({ replicas }) => replicas === 30)).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  it('pauses, also where the run is played, and goes on to the same end', async () => {
    const opened = await open({ replicas: 12 });
    const { page, complaints, close, onApp } = opened;
    await page.click('#clt-start');
    // Pressed by the page itself: a sweep this small may end before a press from outside arrives.
    await page.waitForFunction(() => {
      if (document.querySelector('.clt-left')?.textContent === '') return false;
      document.querySelector<HTMLButtonElement>('#clt-pause')?.click();
      return true;
    });
    await noteStarts(page, 'Paused');
    // What was under way is shown; nothing moves after.
    const rests = async (): Promise<boolean> => {
      const before = await page.textContent('.clt-left');
      await page.waitForTimeout(500);
      return (await page.textContent('.clt-left')) === before;
    };
    await expect.poll(rests, { timeout: 60_000 }).toBe(true);
    await noteStarts(page, 'Paused');
    await onApp((app) => {
      document.querySelector<HTMLButtonElement>('#clt-pause')?.click();
      app.session.play();
    }, null);
    await noteStarts(page, 'Paused, since the run plays');
    await page.click('#clt-pause');
    expect(await onApp((app) => app.session.status, null)).not.toBe('running');
    await noteStarts(page, 'Finished');
    const rows = await rowsOf(opened);
    await page.click('#clt-start');
    await noteStarts(page, 'Each width');
    await noteStarts(page, 'Finished');
    // Pausing changes when replicas run, not which.
    const again = await rowsOf(opened);
    expect(again.map((row) => row['scaled'].toPrecision(4))).toEqual(
      rows.map((row) => row['scaled'].toPrecision(4)),
    );
    expect(complaints).toEqual([]);
    await close();
  });

  it('goes on by itself when the device is lost, and on demand when it is lost again and again', async () => {
    const opened = await open({ replicas: 60 });
    const { page, complaints, close, onApp } = opened;
    await onApp((app) => app.session.step(), null);
    await onApp((app) => app.session.step(), null);
    const particles = () =>
      onApp((app) => app.session.run?.read().then((state) => [...state.particles.c]), null);
    const before = await particles();
    /** Destroys the device as soon as the experiment counts on it. */
    const lose = async (): Promise<void> => {
      await page.waitForFunction(() =>
        /[1-9]\d* of 60 replicas/.test(document.querySelector('.clt-left')?.textContent ?? ''),
      );
      await onApp(async ({ session }) => {
        const { device } = session.engine;
        device?.gpu.destroy();
        // Until it is another one, or the experiment has given up.
        while (
          session.engine.device === device &&
          document.querySelector('.clt-note.error') === null
        )
          await new Promise((resolve) => setTimeout(resolve, 20));
      }, null);
    };
    await page.click('#clt-start');
    await lose();
    await noteStarts(page, 'The graphics device was lost and opened again');
    for (let n = 0; n < 3; n++) await lose();
    await noteStarts(page, 'The graphics device is lost; the replicas of all finished rounds');
    await page.click('#clt-pause');
    await noteStarts(page, 'Finished: 60 of 60 replicas of every width');
    expect((await rowsOf(opened)).every(({ replicas }) => replicas === 60)).toBe(true);
    // The run that waited stands where it stood.
    expect(await onApp((app) => app.session.stepsDone, null)).toBe(2);
    expect(await particles()).toEqual(before);
    await onApp((app) => app.session.step(), null);
    expect(await onApp((app) => app.session.stepsDone, null)).toBe(3);
    expect(complaints).toEqual([]);
    await close();
  });

  it('says what it cannot do, and forgets nothing when the settings change', async () => {
    const { page, complaints, close, onApp } = await open();
    await page.fill('#view-clt input[type=text]', '32, 32');
    await page.click('#clt-start');
    await noteStarts(page, 'page: clt.widths: received [32,32]');
    await page.fill('#view-clt input[type=text]', '16, 32');
    await page.fill('#view-clt input[type=number]', '5');
    await page.click('#clt-start');
    await noteStarts(page, 'Finished');
    // What was run stands in the configuration, so that a link or the command line repeats it.
    expect(await onApp((app) => app.input.clt, null)).toMatchObject({
      widths: [16, 32],
      replicas: 5,
      times: [0, 0.5, 1],
    });
    await onApp((app) => app.apply({ ...app.input, seed: 2 }), null);
    await noteStarts(page, 'The settings have changed');
    expect(await page.textContent('.clt-verdict')).toContain('At time 1');
    expect(complaints).toEqual([]);
    await close();
  }, 60_000);
});
