// The speed view: rates of a run, shares of what the adapter can do, and a benchmark that is saved as the command line's.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { BenchResult } from '../../src/bench-result.ts';
import { openPage, useBrowser } from './page.ts';

const around = useBrowser();

/** The number beside a name; NaN where there is none. */
async function valueOf(page: Page, name: string): Promise<number> {
  const row = page.locator('#view-speed tr', { hasText: name }).locator('td');
  const text = (await row.textContent()) ?? '';
  const [mantissa, power = ''] = text.split('·10');
  const digits = [...power].map((sign) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(sign)).filter((n) => n >= 0);
  return Number.parseFloat(mantissa) * 10 ** Number(digits.join('') || 0);
}

describe('the speed view', () => {
  it('states rates that fit each other, and shares of measured limits', async () => {
    const { page, complaints, close, onApp } = await openPage(around);
    await onApp(
      (app) => app.apply({ network: { width: 500, activation: 'tanh' }, flow: { steps: 1e6 } }),
      null,
    );
    await page.locator('#view-speed').scrollIntoViewIfNeeded();
    await onApp((app) => app.session.play(), null);
    await page.waitForFunction(() =>
      /Frame time[\d.]+ ms/.test(document.querySelector('#view-speed')?.textContent ?? ''),
    );
    await onApp((app) => app.session.pause(), null);
    await page.click('#speed-limits');
    await page.waitForSelector('text=Share of the peak', { timeout: 60_000 });
    const steps = await valueOf(page, 'Steps per second');
    expect(steps).toBeGreaterThan(0);
    // m · s = 500 · 64, both rates to three digits.
    const pairs = await valueOf(page, 'pairs per second');
    expect(Math.abs(pairs / (steps * 32_000) - 1)).toBeLessThan(0.02);
    const share = await valueOf(page, 'Share of the peak');
    const peak = await valueOf(page, 'Peak of multiply-adds');
    // 6d + 7 = 19 operations a pair; every number to two digits or three.
    expect(Math.abs(share / ((100 * 19 * pairs) / (peak * 1e9)) - 1)).toBeLessThan(0.1);
    expect(complaints).toEqual([]);
    await close();
  });

  it('runs the benchmark until it is cancelled, and saves what was measured', async () => {
    const { page, complaints, close } = await openPage(around);
    await page.locator('#view-speed').scrollIntoViewIfNeeded();
    await page.click('#speed-bench');
    await page.waitForSelector('text=Case 1 of');
    await page.click('#speed-bench');
    await page.waitForSelector('text=Cancelled after 1 cases', { timeout: 60_000 });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('#speed-save'),
    ]);
    expect(download.suggestedFilename()).toMatch(/-quick\.json$/);
    const text = await readFile(await download.path(), 'utf8');
    const result = JSON.parse(text) as BenchResult;
    expect(result).toMatchObject({ format: 'meanfield-bench', version: 1, quick: true });
    expect(result.package.name).toBe('meanfield');
    expect(result.limits?.fmaPeak.wall).toBeGreaterThan(0);
    expect(result.cases[0].checks.every(({ error, tolerance }) => error <= tolerance)).toBe(true);
    expect(result.skipped.every(({ reason }) => reason === 'interrupted')).toBe(true);
    expect(result.skipped.length).toBeGreaterThan(3);
    expect(complaints).toEqual([]);
    await close();
  });
});
