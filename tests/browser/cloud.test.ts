// The cloud on the page: particles stand where the plane says, in the colour of their sign; nothing of a density is
// lost; the pointer names the right particle. With WebGPU and without.
import { describe, expect, it } from 'vitest';
import { launchBrowser } from './chromium.ts';
import { drawn, openPage, useBrowser, type OpenedPage } from './page.ts';

/** Three particles (a, b, c) and where they stand in the plane of a and b. */
const PARTICLES = [
  { a: -1, b: -1, c: 2 },
  { a: 1, b: -1, c: -3 },
  { a: 0.5, b: 1, c: 0.25 },
];
const BLUE = [0, 0x72, 0xb2];
const ORANGE = [0xd5, 0x5e, 0];

/** Fractions of the window, from its left and its top. */
type Spot = readonly [number, number];

const around = useBrowser();

/** Begins a run of the particles, seen in the plane of a and b. */
async function showParticles(
  { page, onApp }: OpenedPage,
  weights: readonly number[] = [1, 1, 1],
): Promise<void> {
  await onApp(
    async (app, [particles, weight]) => {
      const row = (name: 'a' | 'b' | 'c'): Float32Array =>
        Float32Array.from(particles.map((particle) => particle[name]));
      const input = {
        network: { width: particles.length, activation: 'tanh' },
        problem: { kind: 'function', name: 'sine' },
      } as const;
      const cloud = { a: row('a'), b: row('b'), c: row('c'), weight: Float32Array.from(weight) };
      await app.apply(input, {
        particles: { dimension: 1, width: particles.length, replicas: 1, ...cloud },
      });
    },
    [PARTICLES, weights] as const,
  );
  await page.selectOption('#view-cloud select[aria-label="Plane"]', 'pair');
  await page.selectOption('#view-cloud select[aria-label="Up"]', '1');
  await drawn(page);
}

/**
 * Fractions of the window at which (a, b) stands: the box of the particles fills four fifths of it.
 */
function placeOf({ a, b }: { a: number; b: number }): [number, number] {
  return [0.5 + 0.4 * a, 0.5 - 0.4 * b];
}

/** Squares of the saved picture around fractions of its size, red, green, blue and alpha of every pixel. */
function squaresAt(
  { onApp }: OpenedPage,
  places: readonly (readonly [number, number])[],
  side: number,
): Promise<number[][]> {
  return onApp(
    async (app, [at, size]) => {
      const cloud = app.views.find(({ name }) => name === 'cloud');
      const picture = await createImageBitmap((await cloud?.exports.png?.()) as Blob);
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      const context = canvas.getContext('2d', {
        willReadFrequently: true,
      }) as OffscreenCanvasRenderingContext2D;
      context.drawImage(picture, 0, 0);
      const half = Math.floor(size / 2);
      return at.map(([x, y]) => {
        const [left, top] = [x * picture.width - half, y * picture.height - half].map(Math.round);
        return [...context.getImageData(left, top, size, size).data];
      });
    },
    [places, side] as const,
  );
}

/** Colours of the saved picture at fractions of its size. */
async function colorsAt(
  opened: OpenedPage,
  places: readonly (readonly [number, number])[],
): Promise<number[][]> {
  return (await squaresAt(opened, places, 1)).map((pixel) => pixel.slice(0, 3));
}

/** How much colour the saved picture has around fractions of its size; grey has none. */
async function inkAt(opened: OpenedPage, places: readonly Spot[]): Promise<number[]> {
  return (await squaresAt(opened, places, 40)).map((data) => {
    let ink = 0;
    for (let p = 0; p < data.length; p += 4) ink += Math.abs(data[p] - data[p + 2]);
    return ink;
  });
}

/** Whether a colour over white paper is nearer to one than to the other, and is no grey. */
function expectColor(
  [red, , blue]: readonly number[],
  [wanted, , wantedBlue]: readonly number[],
): void {
  expect(Math.sign(red - blue)).toBe(Math.sign(wanted - wantedBlue));
  expect(Math.abs(red - blue)).toBeGreaterThan(90);
}

async function hover(opened: OpenedPage, [x, y]: readonly [number, number]): Promise<string> {
  const { page } = opened;
  const frame = page.locator('#view-cloud .cloud-frame');
  await frame.scrollIntoViewIfNeeded();
  const box = await frame.boundingBox();
  if (box === null) throw new Error('the cloud is not seen');
  await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  await page.waitForTimeout(50);
  await drawn(page);
  return (await page.textContent('#view-cloud .cloud-found')) ?? '';
}

describe.each([true, false])('the cloud, WebGPU %s', (webgpu) => {
  it('shows particles at their places by sign, and names them', async () => {
    const launch = () => launchBrowser({ webgpu });
    const own = webgpu ? around.browser : await launch();
    const opened = await openPage({ ...around, browser: own, launch });
    await showParticles(opened);
    const places = PARTICLES.map(placeOf);
    const colors = await colorsAt(opened, [...places, [0.3, 0.3], [0.8, 0.3]]);
    expectColor(colors[0], BLUE);
    expectColor(colors[1], ORANGE);
    expectColor(colors[2], BLUE);
    expect(colors.slice(3)).toEqual([
      [255, 255, 255],
      [255, 255, 255],
    ]);
    expect(await hover(opened, places[1])).toBe(
      'Particle 1: a = 1, b = −1, c = −3, switches at x = −1',
    );
    expect(await hover(opened, places[2])).toBe(
      'Particle 2: a = 0.5, b = 1, c = 0.25, switches at x = 2',
    );
    expect(await hover(opened, [0.3, 0.3])).toMatch(/^Point at/);
    // Zoomed about the middle by the key, a place moves away from it by the factor.
    await opened.page.focus('#view-cloud .cloud-frame');
    await opened.page.keyboard.press('ArrowLeft');
    await opened.page.keyboard.press('-');
    await drawn(opened.page);
    const [x, y] = places[1];
    const width = await opened.page.evaluate(
      () => document.querySelector('#view-cloud .cloud-frame')?.clientWidth ?? 0,
    );
    const moved = [0.5 + (x + 40 / width - 0.5) / 1.3, 0.5 + (y - 0.5) / 1.3] as const;
    expectColor((await colorsAt(opened, [moved]))[0], ORANGE);
    expect(await hover(opened, moved)).toMatch(/^Particle 1:/);
    expect(opened.complaints).toEqual(webgpu ? [] : ['No available adapters.']);
    await opened.close();
    if (!webgpu) await own.close();
  });

  it('shows the weights of particles by their areas, names them, and counts by them', async () => {
    const launch = () => launchBrowser({ webgpu });
    const own = webgpu ? around.browser : await launch();
    const opened = await openPage({ ...around, browser: own, launch });
    const { page } = opened;
    const places = PARTICLES.map(placeOf);
    await showParticles(opened);
    const equal = await inkAt(opened, places);
    const weights = [0.25, 2.25, 0.5];
    await showParticles(opened, weights);
    const ink = await inkAt(opened, places);
    weights.forEach((weight, i) => {
      // Of the area of the smallest a tenth is the smoothed edge.
      expect(ink[i] / equal[i] / weight).toBeGreaterThan(0.85);
      expect(ink[i] / equal[i] / weight).toBeLessThan(1.15);
    });
    expect(await page.textContent('#view-cloud .cloud-line')).toContain('The area is the weight ω');
    expect(await hover(opened, places[1])).toBe(
      'Particle 1: a = 1, b = −1, c = −3, ω = 2.25, switches at x = −1',
    );
    await page.selectOption('#view-cloud select[aria-label="Drawn as"]', 'density');
    await drawn(page);
    expect(await page.getAttribute('#view-cloud canvas[role]', 'aria-label')).toContain(
      'the window shows weights of 0.75 with c ≥ 0 and 2.25 with c < 0',
    );
    expect(opened.complaints).toEqual(webgpu ? [] : ['No available adapters.']);
    await opened.close();
    if (!webgpu) await own.close();
  });
});

describe('the cloud', () => {
  it('counts every particle of the window in the density, also after a new run', async () => {
    const opened = await openPage(around);
    const { page, onApp } = opened;
    const shown = async (): Promise<number[]> => {
      await drawn(page);
      const label = (await page.getAttribute('#view-cloud canvas[role]', 'aria-label')) ?? '';
      return (/shows (\d+) with c ≥ 0 and (\d+) with c < 0/.exec(label) ?? []).slice(1).map(Number);
    };
    for (const width of [5_000, 120_000]) {
      await onApp(async (app, m) => {
        await app.apply({
          network: { width: m },
          problem: { kind: 'teacher-student', samples: 4 },
        });
      }, width);
      await page.selectOption(
        '#view-cloud select[aria-label="Drawn as"]',
        width < 1e5 ? 'density' : 'auto',
      );
      // The window fits a sample; three steps back it holds all.
      for (let n = 0; n < 3; n++) await page.click('#view-cloud [aria-label="Zoom out"]');
      await onApp((app) => app.session.step(), null);
      const [positive, negative] = await shown();
      const known = await onApp(async (app) => {
        const { particles } = (await app.session.run?.read()) as { particles: { c: Float32Array } };
        return particles.c.reduce((count, c) => count + (c < 0 ? 1 : 0), 0);
      }, null);
      expect([positive, negative]).toEqual([width - known, known]);
    }
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });

  it('draws the arcs of the samples and saves figure and table', async () => {
    const opened = await openPage(around);
    await opened.onApp(async (app) => {
      await app.apply({
        network: { width: 64, activation: 'relu' },
        problem: { kind: 'points', x: [-1, 0, 2], y: [0, 1, 0] },
      });
    }, null);
    await drawn(opened.page);
    const label = await opened.page.getAttribute('#view-cloud canvas[role]', 'aria-label');
    expect(label).toContain('3 sample lines');
    const [svg, csv, particles] = await opened.onApp(async (app) => {
      const exports = app.views.find(({ name }) => name === 'cloud')?.exports;
      const state = await app.session.run?.read();
      const numbers = state && [state.particles.a[5], state.particles.b[5], state.particles.c[5]];
      return [await exports?.svg?.(), await exports?.csv?.(), numbers] as const;
    }, null);
    expect(svg).toMatch(/^<svg[\s\S]*u = \(m\/α\) \|c\| a[\s\S]*<\/svg>\s*$/);
    const lines = (csv ?? '').trim().split('\n');
    expect(lines[0]).toBe('particle,u,v,a,b,c');
    expect(lines).toHaveLength(65);
    const [index, u, v, ...parameters] = lines[6].split(',').map(Number);
    expect([index, ...parameters.map(Math.fround)]).toEqual([5, ...(particles ?? [])]);
    const [a, b, c] = parameters;
    // α = m by default.
    expect(u).toBeCloseTo(Math.abs(c) * a, 6);
    expect(v).toBeCloseTo(-Math.abs(c) * b, 6);
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });

  it('pans under one finger across and zooms between two, and leaves the page to a finger up or down', async () => {
    const opened = await openPage(around, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const { page, complaints } = opened;
    await showParticles(opened);
    const frame = page.locator('#view-cloud .cloud-frame');
    await frame.scrollIntoViewIfNeeded();
    const box = await frame.boundingBox();
    if (box === null) throw new Error('the cloud is not seen');
    const client = await page.context().newCDPSession(page);
    /** Fingers go from places to places, fractions of the frame, in steps; then they leave. */
    const touch = async (from: Spot[], to: Spot[], steps = 8): Promise<void> => {
      const at = (part: number) =>
        from.map(([x, y], id) => ({
          id,
          x: box.x + (x + part * (to[id][0] - x)) * box.width,
          y: box.y + (y + part * (to[id][1] - y)) * box.height,
        }));
      const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', part: number) =>
        client.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: type === 'touchEnd' ? [] : at(part),
        });
      await send('touchStart', 0);
      for (let n = 1; n <= steps; n++) await send('touchMove', n / steps);
      await send('touchEnd', 1);
      await drawn(page);
    };
    const standAt = async (place: (from: Spot) => Spot): Promise<void> => {
      const colors = await colorsAt(
        opened,
        PARTICLES.map((particle) => place(placeOf(particle))),
      );
      [BLUE, ORANGE, BLUE].forEach((color, i) => expectColor(colors[i], color));
    };

    // One finger stays, the other comes half the way: what lay under either lies under it still.
    await touch(
      [
        [0.1, 0.1],
        [0.9, 0.9],
      ],
      [
        [0.1, 0.1],
        [0.5, 0.5],
      ],
      2,
    );
    const near = ([x, y]: Spot): Spot => [0.05 + x / 2, 0.05 + y / 2];
    await standAt(near);
    // Both go, one above the other, where one finger alone would scroll the page.
    await touch(
      [
        [0.3, 0.2],
        [0.3, 0.4],
      ],
      [
        [0.4, 0.3],
        [0.4, 0.6],
      ],
    );
    const far = ([x, y]: Spot): Spot => [0.4 + 1.5 * (x - 0.3), 0.45 + 1.5 * (y - 0.3)];
    await standAt((from) => far(near(from)));
    expect(await page.evaluate(() => scrollY)).toBe(0);
    // One finger takes the cloud along across, and the page up.
    await touch([[0.3, 0.5]], [[0.5, 0.5]]);
    const aside = (from: Spot): Spot => [far(near(from))[0] + 0.2, far(near(from))[1]];
    await standAt(aside);
    await touch([[0.5, 0.5]], [[0.5, 0.1]]);
    await standAt(aside);
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(50);
    expect(complaints).toEqual([]);
    await opened.close();
  });
});
