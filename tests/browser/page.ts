// What the browser tests share: the page opened and ready, with everything that its console said.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { App } from '../../src/ui/app.ts';

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
  browser: Browser,
  url: string,
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
    // As text: the policy of the page forbids it to make functions from text itself.
    onApp: (work, argument) =>
      page.evaluate(`(${work.toString()})(window.meanfield, ${JSON.stringify(argument)})`),
    close: () => tab.close(),
  };
}
