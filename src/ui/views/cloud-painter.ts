// What draws the particles of one run: the device from the simulation's own buffer, or the host. The view asks either in
// the same way. Every call belongs into the order of the session: buffers end with their run.
import type { Window } from '../../problem/plane.ts';
import type { Look } from '../../engine/picture.ts';
import type { Particles } from '../../state.ts';
import type { NamedPlane } from './cloud-plane.ts';

/** One picture to be drawn. */
export interface Scene {
  readonly plane: NamedPlane;
  readonly window: Window;
  readonly look: Look;
  readonly isDensity: boolean;
}

/** A particle that was found. */
export interface Picked {
  readonly index: number;
  /** parameters a_0 … a_{d−1}, b, c, [k] */
  readonly values: ArrayLike<number>;
  /** ω */
  readonly weight: number;
}

/** Draws the particles of one run. */
export interface Painter {
  readonly canvas: HTMLCanvasElement;
  /** particles have weights, which the picture shows */
  readonly weighted: boolean;
  /** Fetches what the next picture needs: the particles on the host, the kernels of the density on a device. */
  refresh(isDensity: boolean): Promise<void>;
  /** Draws within this task, so that the canvas can be read right after. */
  paint(scene: Scene): void;
  /** Resolves when the picture is done. */
  finish(): Promise<void>;
  /** A few thousand of the first particles, all where they are few. */
  sample(): Promise<Particles>;
  /** The particle nearest to a device pixel, within `reach` device pixels. */
  pick(scene: Scene, x: number, y: number, reach: number): Promise<Picked | null>;
  /** Sum of the weights that the last density shows: c ≥ 0 and c < 0; the number of particles without weights. */
  shown(): Promise<readonly [number, number]>;
  destroy(): void;
}
