// The run on the page: it loads, plays, steps and resets, and its numbers are those of the command line.
import { describe, expect, it } from 'vitest';
import { openPage, useBrowser } from './page.ts';

/** The link of a configuration that says nothing. */
const DEFAULTS = 'c=%7B%22v%22:1%7D';

const around = useBrowser();

describe('the run of the page', () => {
  it('plays: the loss falls, the status says where it stands, and the console stays empty', async () => {
    const { page, complaints, close } = await openPage(around, {
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

  it('says the loss of the state that is shown, also between two rows of the history', async () => {
    const { onApp, page, close } = await openPage(around, { hash: DEFAULTS });
    for (let n = 0; n < 3; n++) await onApp((app) => app.session.step(), null);
    const csv = await onApp(
      (app) => app.views.find(({ name }) => name === 'convergence')?.exports.csv?.() ?? '',
      null,
    );
    const [step, , loss] = csv.trim().split('\n').at(-1)?.split(',').map(Number) ?? [];
    expect(step).toBe(3);
    const said = /loss ([\d.]+)/.exec((await page.textContent('#status')) ?? '')?.[1];
    expect(said).toBe(String(Number(loss.toPrecision(4))));
    await close();
  });
});
