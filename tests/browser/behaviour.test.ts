// How the page behaves when things go wrong or away: no WebGPU, a lost device, a hidden tab, numbers that overflow.
import { describe, expect, it } from 'vitest';
import { launchBrowser } from './chromium.ts';
import { openPage, useBrowser } from './page.ts';

const around = useBrowser();

describe('a browser without WebGPU', () => {
  it('is told apart from one whose adapter does not answer', async () => {
    const { page, close } = await openPage(around, {
      before: () => Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }),
    });
    expect(await page.textContent('#notice h2')).toBe('This browser has no WebGPU');
    await close();
  });

  it('says why, and computes a small run on the processor', async () => {
    const launch = () => launchBrowser({ webgpu: false });
    const without = await launch();
    const { page, complaints, onApp, close } = await openPage({
      ...around,
      browser: without,
      launch,
    });
    expect(await page.textContent('#notice h2')).toBe(
      'WebGPU is there, but no graphics adapter answers',
    );
    const input = {
      problem: { kind: 'function', points: { count: 16 } },
      network: { width: 64 },
      flow: { steps: 40 },
    } as const;
    expect(await onApp((app, given) => app.apply(given), input)).toBe(true);
    await page.click('#play');
    await page.waitForFunction(() =>
      document.querySelector('#status')?.textContent?.startsWith('Finished at step 40'),
    );
    const rows = await onApp(
      (app) => app.session.rows.map(({ step, loss }) => ({ step, loss })),
      null,
    );
    expect(rows.map(({ step }) => step)).toEqual([0, 10, 20, 30, 40]);
    expect(rows[4].loss).toBeLessThan(rows[0].loss);
    // A network too wide for the processor is refused, and the run before stays.
    expect(await onApp((app) => app.apply({ network: { width: 30000 } }), null)).toBe(false);
    expect(await page.textContent('#status')).toContain(
      'received 30000; allowed without WebGPU: at most 20000',
    );
    expect(await onApp((app) => app.session.stepsDone, null)).toBe(40);
    // The one line is the browser's own, whoever asks for an adapter.
    expect(complaints).toEqual(['No available adapters.']);
    await close();
    await without.close();
  });
});

describe('a lost device', () => {
  it('is opened again and the last snapshot restored, three times, then said to be lost', async () => {
    const { page, onApp, close } = await openPage(around);
    const input = { network: { width: 256 }, flow: { steps: 100000 }, record: { every: 1 } };
    await onApp((app, given) => app.apply(given), input);
    const stepOnce = () => onApp((app) => app.session.step(), null);
    // Not by the button: a press does not wait for the step, and cards that load may stand before it.
    await stepOnce();
    await stepOnce();
    const before = await onApp(
      (app) => app.session.run?.read().then(({ particles }) => [...particles.c]),
      null,
    );
    await onApp((app) => app.session.inOrder(() => app.session.keepNow()), null);
    const lose = () => onApp((app) => app.session.engine.device?.gpu.destroy(), null);
    await lose();
    await stepOnce();
    expect(await page.textContent('#status')).toContain('restored to step 2');
    const after = await onApp(
      (app) => app.session.run?.read().then(({ particles }) => [...particles.c]),
      null,
    );
    expect(after).toEqual(before);
    await stepOnce();
    expect(await onApp((app) => app.session.rows.map(({ step }) => step), null)).toEqual([
      0, 1, 2, 3,
    ]);
    for (let n = 0; n < 2; n++) {
      await lose();
      await stepOnce();
      expect(await onApp((app) => app.session.status, null)).toBe('paused');
    }
    await lose();
    await stepOnce();
    expect(await onApp((app) => app.session.status, null)).toBe('failed');
    expect(await page.textContent('#status')).toContain('opened again 3 times');
    // Reset tries once more, with a device of its own.
    expect(await onApp((app) => app.reset(), null)).toBe(true);
    await stepOnce();
    expect(await onApp((app) => app.session.stepsDone, null)).toBe(1);
    await close();
  });
});

describe('a run that leaves the range of numbers', () => {
  it('stops with the step and a remedy, and a reset brings it back', async () => {
    const { page, complaints, onApp, close } = await openPage(around);
    const input = {
      network: { activation: 'quadratic', width: 128 },
      flow: { dt: 50, steps: 1000 },
    } as const;
    await onApp((app, given) => app.apply(given), input);
    await page.click('#play');
    await page.waitForFunction(() => document.querySelector('#status.error') !== null);
    expect(await page.textContent('#status')).toMatch(
      /step \d+: particle .* not finite; lower flow\.dt/,
    );
    expect(await onApp((app) => app.session.status, null)).toBe('failed');
    expect(await onApp((app) => app.apply({}), null)).toBe(true);
    await page.click('#step');
    await page.waitForFunction(() =>
      document.querySelector('#status')?.textContent?.includes('at step 1,'),
    );
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('a hidden tab', () => {
  it('pauses, and goes on where it stood; on demand it runs on', async () => {
    const { page, onApp, close } = await openPage(around);
    // Headless pages are never hidden: the page is told so.
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    const steps = () => onApp((app) => app.session.stepsDone, null);
    await onApp((app) => app.apply({ network: { width: 64 }, flow: { steps: 2000000 } }), null);
    await page.click('#play');
    await page.waitForFunction(() => window.meanfield.session.stepsDone > 20);
    await hide(true);
    await onApp((app) => app.session.inOrder(() => Promise.resolve()), null);
    const stopped = await steps();
    await page.waitForTimeout(300);
    expect(await steps()).toBe(stopped);
    await onApp((app) => (app.ticker.inBackground = true), null);
    await hide(false);
    await page.waitForFunction((at) => window.meanfield.session.stepsDone > at, stopped);
    await hide(true);
    await onApp((app) => app.session.inOrder(() => Promise.resolve()), null);
    const hidden = await steps();
    await page.waitForFunction((at) => window.meanfield.session.stepsDone > at + 5, hidden, {
      polling: 50,
    });
    await onApp((app) => app.session.pause(), null);
    await close();
  });
});
