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
  /** starts another browser of the same kind */
  launch: () => Promise<Browser>;
}

/** Starts a browser and the server before the tests of a file, and ends both after them. */
export function useBrowser(): Surroundings {
  const around = {} as Surroundings;
  let close = (): void => undefined;
  beforeAll(async () => {
    const [browser, server] = await Promise.all([launchBrowser(), servePage()]);
    Object.assign(around, { browser, url: server.url, launch: launchBrowser });
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

/** What a test wants of the page; the rest is for the context of the browser. */
interface Opening extends BrowserContextOptions {
  /** the part after "#" of the link */
  readonly hash?: string;
  readonly query?: string;
  /** runs in the page before any of its own scripts */
  readonly before?: () => void;
  /** called with the page before it is loaded */
  readonly prepare?: (page: Page) => void | Promise<void>;
}

/** Milliseconds until a page is ready at the latest, and until one whose scripts can run answers. */
const READY_MS = 30_000;
const ANSWER_MS = 10_000;
/** Browsers in which a page is opened at most. */
const MOST_BROWSERS = 3;

/**
 * Opens the page and waits until its run is ready.
 *
 * The headless Chromium on its software adapter stops now and then, about once in a hundred openings on a busy machine:
 * the main thread of the page sleeps and no script runs, which none of ours can do to it. Such a page is opened again
 * in a browser of its own. A page that answers and is not ready is a failure at once, and so is one that stops in three
 * browsers.
 */
export async function openPage(
  around: Readonly<Surroundings>,
  opening: Opening = {},
): Promise<OpenedPage> {
  let { browser } = around;
  for (let tries = 1; ; tries++) {
    const opened = await openIn(browser, around.url, opening);
    if (opened !== null) {
      const closeBrowser = browser === around.browser ? null : browser;
      return { ...opened, close: () => opened.close().then(() => closeBrowser?.close()) };
    }
    if (tries === MOST_BROWSERS) throw new Error(`the page stopped in ${tries} browsers`);
    console.warn('the browser stopped while it opened the page; trying another');
    browser = await around.launch();
  }
}

/** Opens the page in a browser; null where its main thread has stopped. */
async function openIn(
  browser: Browser,
  url: string,
  { hash = '', query = '', before, prepare, ...context }: Opening,
): Promise<OpenedPage | null> {
  const tab = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context });
  const page = await tab.newPage();
  if (before !== undefined) await page.addInitScript(before);
  await prepare?.(page);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(url).host) complaints.push(request.url());
  });
  try {
    await page.goto(`${url}${query}${hash === '' ? '' : `#${hash}`}`, { timeout: READY_MS });
    await page.waitForFunction(
      () => {
        const { meanfield } = window as unknown as { meanfield?: App };
        return meanfield !== undefined && meanfield.session.status !== 'starting';
      },
      null,
      { timeout: READY_MS },
    );
  } catch (error) {
    if (await answers(page)) throw error;
    return null;
  }
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

/** Whether the scripts of a page can run at all. */
function answers(page: Page): Promise<boolean> {
  return Promise.race([
    page.evaluate('true').then(
      () => true,
      () => true,
    ),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), ANSWER_MS)),
  ]);
}
