// The craft of the page: what it weighs, whom it asks, who can use it, and that it leaves nothing behind.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AxeResults } from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { App } from '../../src/ui/app.ts';
import { openPage, useBrowser, type OpenedPage } from './page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const ASSETS = join(import.meta.dirname, '../../dist/page/assets');

const around = useBrowser();

/** Findings that axe calls serious or critical, as text. */
async function seriousFindings({ page }: OpenedPage): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

describe('the weight of the page', () => {
  it('is at most 85 kB of script, packed, until the run can be played, and 120 kB with all cards in sight', async () => {
    // A window that holds all five cards.
    const bodies = new Map<string, Promise<Buffer>>();
    const { page, close } = await openPage(around, {
      viewport: { width: 1280, height: 2400 },
      prepare: (opened) => {
        opened.on('response', (response) => {
          if (response.url().endsWith('.js')) bodies.set(response.url(), response.body());
        });
      },
    });
    await page.waitForSelector('#view-convergence canvas');
    await page.waitForSelector('#view-speed table');
    await page.waitForLoadState('networkidle');
    const urls = await page.evaluate(() => {
      const opened = performance.getEntriesByName('opened')[0].startTime;
      const scripts = performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.endsWith('.js'));
      return scripts.map(({ name, startTime }) => ({ name, first: startTime < opened }));
    });
    const packed = async (names: readonly { name: string }[]): Promise<number> => {
      let sum = 0;
      for (const { name } of names) sum += gzipSync((await bodies.get(name)) as Buffer).length;
      return sum;
    };
    // Which kernels a run takes depends on the adapter; the heaviest are counted.
    const isKernel = ({ name }: { name: string }): boolean =>
      /\/(forward|velocity|sorted-kernels)[.-]/.test(name);
    const [sorted] = readdirSync(ASSETS).filter((name) => name.startsWith('sorted-kernels'));
    const kernels = gzipSync(readFileSync(join(ASSETS, sorted))).length;
    expect(urls.filter(isKernel).length).toBeGreaterThan(0);
    expect(await packed(urls.filter(isKernel))).toBeLessThanOrEqual(kernels);
    const others = urls.filter((url) => !isKernel(url));
    const first = kernels + (await packed(others.filter((url) => url.first)));
    expect(first).toBeGreaterThan(50_000);
    expect(first).toBeLessThanOrEqual(85_000);
    expect(kernels + (await packed(others))).toBeLessThanOrEqual(120_000);
    await close();
  });
});

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)(
    'has no serious finding in the %s theme',
    async (colorScheme) => {
      const opened = await openPage(around, { colorScheme });
      await opened.page.click('#step');
      expect(await seriousFindings(opened)).toEqual([]);
      await opened.close();
    },
  );

  it('has no serious finding on a phone', async () => {
    const opened = await openPage(around, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
    });
    expect(await seriousFindings(opened)).toEqual([]);
    // Nothing sticks out to the side.
    expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await opened.close();
  });

  it('has no serious finding where the page says that there is no WebGPU', async () => {
    const opened = await openPage(around, {
      before: () => Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }),
    });
    await opened.page.click('#notice summary');
    expect(await seriousFindings(opened)).toEqual([]);
    await opened.close();
  });
});

/** Counts, before the page's own scripts run, the buffers and textures that it makes and does not free. */
function countResources(): void {
  const count = { live: 0 };
  Object.assign(window, { resources: count });
  for (const make of ['createBuffer', 'createTexture', 'createQuerySet'] as const) {
    const original = Reflect.get(GPUDevice.prototype, make) as (
      this: GPUDevice,
      ...given: unknown[]
    ) => object;
    Object.assign(GPUDevice.prototype, {
      [make](this: GPUDevice, ...given: unknown[]) {
        const made = original.apply(this, given) as { destroy: () => void };
        const destroy = made.destroy.bind(made);
        let alive = true;
        count.live++;
        made.destroy = () => {
          if (alive) count.live--;
          alive = false;
          destroy();
        };
        return made;
      },
    });
  }
}

/** What the page holds once it stays the same for a while: the buffers of the run before are freed after the device has left them. */
async function settled(page: Page): Promise<{ live: number; elements: number }> {
  const held = () =>
    page.evaluate(() => ({
      live: (window as unknown as { resources: { live: number } }).resources.live,
      elements: document.querySelectorAll('*').length,
    }));
  let now = await held();
  for (let same = 0; same < 5;) {
    await page.waitForTimeout(100);
    const next = await held();
    same = next.live === now.live && next.elements === now.elements ? same + 1 : 0;
    now = next;
  }
  return now;
}

describe('fifty changes of the preset', () => {
  it('leave no buffer, no texture and no element behind', async () => {
    const { page, complaints, onApp, close } = await openPage(around, {
      before: countResources,
      viewport: { width: 1280, height: 4000 },
    });
    // Every card is in sight and has come, so that none comes in between.
    await page.waitForFunction(() => document.querySelector('.view-place') === null);
    // Of the presets with a key those that begin fast on a processor and share little: canonical particles (two),
    // two inputs with held-out samples, birth–death, a penalty. Not: width 16,384, a million, and what is like these.
    const keys = ['1', '2', '5', '6', '8'];
    const visit = async (rounds: number) => {
      for (let n = 0; n < rounds * keys.length; n++) {
        await page.evaluate(() => Object.assign(window, { before: window.meanfield?.session.run }));
        await page.keyboard.press(keys[n % keys.length]);
        await page.waitForFunction(() => {
          const { before, meanfield } = window as unknown as { before: object; meanfield: App };
          return meanfield.session.run !== before && meanfield.session.status === 'paused';
        });
        await page.keyboard.press('.');
        await onApp((app) => app.session.inOrder(() => Promise.resolve()), null);
      }
      expect(await onApp((app) => app.session.stepsDone, null)).toBe(1);
      return settled(page);
    };
    const first = await visit(1);
    expect(first.live).toBeGreaterThan(0);
    expect(await page.inputValue('#preset')).toBe('sparse');
    expect(await visit(10)).toEqual(first);
    expect(complaints).toEqual([]);
    await close();
  });
});
