// The run on the page: it loads, plays, steps and resets, and its numbers are those of the command line.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './chromium.ts';
import { openPage } from './page.ts';
import { servePage } from './server.ts';

/** The link of a configuration that says nothing. */
const DEFAULTS = 'c=%7B%22v%22:1%7D';

let browser: Browser;
let server: Awaited<ReturnType<typeof servePage>>;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), servePage()]);
});
afterAll(async () => {
  await browser.close();
  server.close();
});

describe('the run of the page', () => {
  it('plays: the loss falls, the status says where it stands, and the console stays empty', async () => {
    const { page, complaints, close } = await openPage(browser, server.url, {
      hash: DEFAULTS,
    });
    const loss = async (): Promise<number> =>
      Number(/loss ([\d.e−-]+)/.exec((await page.textContent('#status')) ?? '')?.[1]);
    const before = await loss();
    await page.keyboard.press(' ');
    await page.waitForFunction(() =>
      document.querySelector('#status')?.textContent?.startsWith('Finished'),
    );
    expect(await loss()).toBeLessThan(before / 2);
    expect(await page.textContent('#status')).toContain('step 200');
    expect(complaints).toEqual([]);
    await close();
  });
});
