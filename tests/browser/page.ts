// What the browser tests share: the page opened and ready, with everything that its console said.
import { afterAll, beforeAll } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { App } from '../../src/ui/app.ts';
import { launchBrowser } from './chromium.ts';
import { servePage } from './server.ts';

/** A browser and the server of the page; there while the tests of a file run. */
export interface Surroundings {
  browser: Browser;
  /** address of the page */
  url: string;
}

/** Starts a browser and the server before the tests of a file, and ends both after them. */
export function useBrowser(): Surroundings {
  const around = {} as Surroundings;
  let close = (): void => undefined;
  beforeAll(async () => {
    const [browser, server] = await Promise.all([launchBrowser(), servePage()]);
    Object.assign(around, { browser, url: server.url });
    close = server.close;
  });
  afterAll(async () => {
    await around.browser.close();
    close();
  });
  return around;
}

/** Waits until what was asked for is drawn. */
export async function drawn(page: Page): Promise<void> {
  // Two pictures: within the first a view learns that it is in sight, and what it then draws has its place in the order
  // before the second.
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  await page.evaluate(() => window.meanfield?.session.inOrder(() => Promise.resolve()));
}

/** The page in a tab of its own. */
export interface OpenedPage {
  readonly page: Page;
  /** errors and warnings of the console, failed requests, requests to other hosts */
  readonly complaints: string[];
  /** Runs a function on the page's own app. */
  readonly onApp: <T, A>(
    work: (app: App, argument: A) => T | Promise<T>,
    argument: A,
  ) => Promise<T>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the page and waits until its run is ready.
 *
 * @param options hash: the part after "#" of the link; before: runs in the page before any of its own scripts
 */
export async function openPage(
  { browser, url }: Readonly<Surroundings>,
  {
    hash = '',
    query = '',
    before,
    ...context
  }: { hash?: string; query?: string; before?: () => void } & BrowserContextOptions = {},
): Promise<OpenedPage> {
  const tab = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
  const page = await tab.newPage();
  if (before !== undefined) await page.addInitScript(before);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(url).host) complaints.push(request.url());
  });
  await page.goto(`${url}${query}${hash === '' ? '' : `#${hash}`}`);
  await page.waitForFunction(() => {
    const { meanfield } = window as unknown as { meanfield?: App };
    return meanfield !== undefined && meanfield.session.status !== 'starting';
  });
  return {
    page,
    complaints,
    // As text: the policy of the page forbids it to make functions from text itself. The page holds what is asked for,
    // since the protocol of the browser holds a promise weakly.
    onApp: (work, argument) =>
      page.evaluate(
        `window.asked = (${work.toString()})(window.meanfield, ${JSON.stringify(argument)})`,
      ),
    close: () => tab.close(),
  };
}
