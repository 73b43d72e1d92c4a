// View of the cloud: every particle as a point or, where they are many, their density, drawn from the simulation's own
// buffer. This file holds what is chosen and decides when to draw; how is the matter of the painters.
import { MOST_CELLS } from '../../engine/picture.ts';
import { placeOf } from '../../reference/picture.ts';
import type { Particles } from '../../state.ts';
import type { App } from '../app.ts';
import { onThemeChange } from '../dom.ts';
import type { Run } from '../engine.ts';
import { makeCard, type Card, type View } from '../view.ts';
import { hasBoundaries, readArcs, type Arcs } from './cloud-arcs.ts';
import { aroundOrigin, boxOf, fitBox, needsFit, windowOf } from './cloud-camera.ts';
import type { Camera, Size } from './cloud-camera.ts';
import { Finder, inOrder, type Place } from './cloud-finder.ts';
import { KEY_ZOOM, listen, zoomMiddle, type InputTarget } from './cloud-input.ts';
import { lookOf, openPainter, photograph } from './cloud-look.ts';
import { drawOverlay } from './cloud-overlay.ts';
import type { Painter, Picked, Scene } from './cloud-painter.ts';
import {
  describe,
  fillLegend,
  fillTable,
  HINT,
  makeParts,
  offerPlanes,
  type Parts,
} from './cloud-parts.ts';
import { firstBasis, namedPlane, principalBasis } from './cloud-plane.ts';
import type { NamedPlane, PlaneName } from './cloud-plane.ts';

/** More particles are drawn as a density. */
const DENSE = 100_000;
/** Milliseconds between two readings of a sample. */
const REFRESH_MS = 1_000;

/** Makes the view; it draws with the first run. */
export function createCloudView(app: App): View {
  const card = makeCard('cloud', 'Particles');
  const cloud = new Cloud(app, card, makeParts(card));
  return {
    name: 'cloud',
    card,
    start: (run) => cloud.start(run),
    frame: () => cloud.frame(),
    status: () => cloud.settle(),
    exports: {
      png: () => cloud.png(),
      svg: () => cloud.save('cloudSvg'),
      csv: () => cloud.save('cloudTable'),
    },
    destroy: () => cloud.destroy(),
  };
}

class Cloud implements InputTarget {
  camera: Camera = { centreX: 0, centreY: 0, zoomX: 100, zoomY: 100 };
  private run: Run | null = null;
  private painter: Painter | null = null;
  private readonly finder: Finder;
  private basis: Float64Array = new Float64Array();
  /** a sample of the cloud */
  private particles: Particles | null = null;
  private arcs: Arcs | null = null;
  /** the window follows the cloud until the user looks elsewhere */
  private isFollowing = true;
  /** the configuration of the run, as text */
  private known = '';
  private isAsked = false;
  private isUrgent = true;
  private mustRefresh = true;
  private drawnAt = 0;
  private drawMs = 0;
  private refreshed = { step: -1, at: 0, took: 0 };
  private readonly observers: { disconnect(): void }[];

  constructor(
    private readonly app: App,
    private readonly card: Card,
    private readonly parts: Parts,
  ) {
    const { frame, mode, plane, pair, fit, closer, farther, details } = parts;
    this.finder = new Finder(
      app.session,
      (place) => this.find(place),
      (found) => this.show(found),
    );
    listen(frame, this);
    fit.addEventListener('click', () => this.fit());
    closer.addEventListener('click', () => this.look(zoomMiddle(this, KEY_ZOOM)));
    farther.addEventListener('click', () => this.look(zoomMiddle(this, 1 / KEY_ZOOM)));
    for (const select of [plane, ...pair]) select.addEventListener('change', () => this.replane());
    mode.addEventListener('change', () => this.ask(true));
    details.addEventListener('toggle', () => this.ask(true));
    onThemeChange(() => this.ask());
    const resize = new ResizeObserver(() => {
      if (this.isFollowing) this.fitNow(true);
      this.ask();
    });
    const seen = new IntersectionObserver(() => this.settle());
    resize.observe(frame);
    seen.observe(card.root);
    this.observers = [resize, seen];
  }

  get size(): Size {
    const { clientWidth: width, clientHeight: height } = this.parts.frame;
    return { width, height, ratio: devicePixelRatio };
  }

  async start(run: Run): Promise<void> {
    this.painter?.destroy();
    this.painter = null;
    [this.particles, this.arcs] = [null, null];
    this.finder.point(null);
    const config = JSON.stringify(run.config);
    if (config !== this.known) this.isFollowing = true;
    this.known = config;
    if (run.dimension !== this.run?.dimension) {
      offerPlanes(this.parts, run.dimension);
      this.basis = firstBasis(run.dimension);
    }
    this.run = run;
    this.showPair();
    this.painter = await openPainter(this.parts.frame, this.app.session.engine, run);
    this.isUrgent = true;
    this.mustRefresh = true;
  }

  /** After every frame of the session; drawing takes a third of the time at most. */
  async frame(): Promise<void> {
    // A single step is shown with everything that is known of it.
    this.mustRefresh ||= this.app.session.status !== 'running';
    const isDue =
      this.mustRefresh || this.isUrgent || performance.now() - this.drawnAt > 2 * this.drawMs;
    if (isDue && this.card.visible) await this.draw();
  }

  /** Shows the last state of a run that stands still. */
  settle(): void {
    if (this.app.session.status !== 'starting')
      this.ask(this.refreshed.step !== this.app.session.stepsDone);
  }

  /**
   * Asks for a picture outside of the frames of a run.
   *
   * @param refresh whether the sample is read anew
   */
  ask(refresh = false): void {
    this.isUrgent = true;
    this.mustRefresh ||= refresh;
    // The next frame of the run draws.
    if (this.isAsked || this.app.session.status === 'running') return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      void inOrder(this.app.session, () => this.draw());
    });
  }

  look(camera: Camera): void {
    this.camera = camera;
    this.isFollowing = false;
    this.ask();
  }

  fit(): void {
    this.isFollowing = true;
    this.fitNow(true);
    this.ask(true);
  }

  point(at: readonly [number, number] | null): void {
    this.finder.point(at);
  }

  pointMiddle(): void {
    const { width, height } = this.size;
    this.finder.point([width / 2, height / 2], width + height);
  }

  png(): Promise<Blob> {
    return this.app.session.inOrder(async () => {
      await this.draw();
      const painter = this.painter as Painter;
      return photograph(() => painter.paint(this.scene()), [painter.canvas, this.parts.overlay]);
    });
  }

  async save(form: 'cloudSvg' | 'cloudTable'): Promise<string> {
    const exports = await import('./cloud-export.ts');
    return this.app.session.inOrder(async () => {
      const { particles } = await (this.run as Run).read();
      return exports[form](particles, this.plane());
    });
  }

  destroy(): void {
    for (const observer of this.observers) observer.disconnect();
    this.painter?.destroy();
    this.painter = null;
  }

  private plane(): NamedPlane {
    const { plane, pair } = this.parts;
    const rows: [number, number] = [Number(pair[0].value), Number(pair[1].value)];
    return namedPlane(this.run as Run, plane.value as PlaneName, rows, this.basis);
  }

  private replane(): void {
    this.showPair();
    this.finder.point(null);
    this.fit();
  }

  private showPair(): void {
    for (const select of this.parts.pair) select.hidden = this.parts.plane.value !== 'pair';
  }

  private get isDensity(): boolean {
    const { value } = this.parts.mode;
    return value === 'density' || (value === 'auto' && (this.run?.width ?? 0) > DENSE);
  }

  private scene(): Scene {
    const { size } = this;
    return {
      plane: this.plane(),
      window: windowOf(this.camera, size, MOST_CELLS),
      look: lookOf((this.run as Run).width, size.ratio),
      isDensity: this.isDensity,
    };
  }

  /** Draws now; within the order of the session. */
  private async draw(): Promise<void> {
    const { painter, size } = this;
    if (painter === null || size.width === 0) return;
    this.isUrgent = false;
    await painter.refresh(this.isDensity);
    const { at, took } = this.refreshed;
    const isDue = this.mustRefresh || performance.now() - at > REFRESH_MS + 20 * took;
    if (isDue) await this.refresh(painter);
    const begin = performance.now();
    painter.paint(this.scene());
    this.drawLines();
    await painter.finish();
    this.drawnAt = performance.now();
    this.drawMs = this.drawnAt - begin;
    if (isDue) await this.tell(painter);
    this.finder.again();
  }

  /** Reads now and then from the device: a sample, the residual for the arcs. */
  private async refresh(painter: Painter): Promise<void> {
    const run = this.run as Run;
    const begin = performance.now();
    this.mustRefresh = false;
    this.particles = await painter.sample();
    if (this.parts.plane.value === 'principal')
      this.basis = principalBasis(this.particles, this.basis);
    if (this.isFollowing) this.fitNow();
    this.arcs = this.parts.plane.value === 'canonical' ? await readArcs(run) : null;
    const at = performance.now();
    this.refreshed = { step: this.app.session.stepsDone, at, took: at - begin };
  }

  /** Legend, table and the picture in words. */
  private async tell(painter: Painter): Promise<void> {
    const run = this.run as Run;
    const { parts, particles, arcs, isDensity } = this;
    const plane = this.plane();
    fillLegend(parts, {
      isDensity,
      weighted: painter.weighted,
      hasAttractors: arcs !== null && hasBoundaries(run),
    });
    if (parts.details.open && particles !== null)
      fillTable(parts, particles, plane, painter.weighted);
    const shown = isDensity ? await painter.shown() : null;
    const what = painter.weighted ? 'weights of ' : '';
    const inside =
      shown === null
        ? ''
        : `; the window shows ${what}${shown[0]} with c ≥ 0 and ${shown[1]} with c < 0`;
    const lines = arcs === null ? '' : `; ${arcs.x.length} sample lines`;
    const text = `${run.width} particles, ${plane.x} across and ${plane.y} up${inside}${lines}`;
    painter.canvas.setAttribute('aria-label', text);
  }

  private fitNow(always = false): void {
    const { size, particles } = this;
    if (size.width === 0 || particles === null) return;
    const { plane, name, isEqual } = this.plane();
    const places = Array.from({ length: particles.width }, (_, i) => placeOf(particles, plane, i));
    const box = name === 'canonical' ? aroundOrigin(boxOf(places)) : boxOf(places);
    if (always || needsFit(box, this.camera, size)) this.camera = fitBox(box, size, isEqual);
  }

  private drawLines(): void {
    const { size, camera, arcs, finder } = this;
    const plane = this.plane();
    const found = finder.found && placeOf(oneParticle(finder.found), plane.plane, 0);
    drawOverlay(this.parts.overlay, { plane, camera, size, arcs, found });
  }

  private async find({ at: [x, y], reach }: Place): Promise<Picked | null> {
    const { painter, size } = this;
    if (painter === null || size.width === 0) return null;
    const { ratio } = size;
    return painter.pick(this.scene(), x * ratio, y * ratio, reach * ratio);
  }

  private show(found: Picked | null): void {
    const text = found === null ? HINT : describe(found);
    if (this.parts.found.textContent !== text) this.parts.found.textContent = text;
    if (this.painter !== null && this.size.width > 0) this.drawLines();
  }
}

function oneParticle({ values, weight }: Picked): Particles {
  const row = Float32Array.from(values);
  const dimension = row.length - 2;
  const [a, b, c] = [row.subarray(0, dimension), row.subarray(dimension), row.subarray(-1)];
  return { dimension, width: 1, replicas: 1, a, b, c, weight: new Float32Array([weight]) };
}
