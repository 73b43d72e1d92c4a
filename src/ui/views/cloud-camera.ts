// The camera over the plane of the cloud: what lies in the middle and how large a unit is, in CSS pixels.
import type { Window } from '../../problem/plane.ts';

/** Where the view looks. */
export interface Camera {
  readonly centreX: number;
  readonly centreY: number;
  /** CSS pixels per unit */
  readonly zoomX: number;
  readonly zoomY: number;
}

/** Size of the canvas. */
export interface Size {
  /** CSS pixels */
  readonly width: number;
  readonly height: number;
  /** device pixels per CSS pixel */
  readonly ratio: number;
}

/** A box in the plane. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** CSS pixels per side of a cell of the density, where the number of cells allows. */
const CELL = 2;
/** Share of the window that a fitted cloud takes up; the rest is for the numbers of the axes. */
const FITTED = 0.8;

/** The box of places; one without extent gets some. */
export function boxOf(places: Iterable<readonly [number, number]>): Box {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of places) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [bottom, top] = [Math.min(bottom, y), Math.max(top, y)];
  }
  if (left > right) return { left: -1, right: 1, bottom: -1, top: 1 };
  const spread = (low: number, high: number): number =>
    high - low > 1e-9 * Math.max(1, Math.abs(low), Math.abs(high)) ? 0 : 1;
  const [x, y] = [spread(left, right), spread(bottom, top)];
  return { left: left - x, right: right + x, bottom: bottom - y, top: top + y };
}

/** A camera that shows a box, with equal units along both axes or not. */
export function fitBox({ left, right, bottom, top }: Box, size: Size, isEqual: boolean): Camera {
  const x = (FITTED * size.width) / (right - left);
  const y = (FITTED * size.height) / (top - bottom);
  const least = Math.min(x, y);
  return {
    centreX: (left + right) / 2,
    centreY: (bottom + top) / 2,
    zoomX: isEqual ? least : x,
    zoomY: isEqual ? least : y,
  };
}

/** The box around the origin that holds a box. */
export function aroundOrigin({ left, right, bottom, top }: Box): Box {
  const [x, y] = [Math.max(right, -left), Math.max(top, -bottom)];
  return { left: -x, right: x, bottom: -y, top: y };
}

/** Whether a box leaves the window, or has become so small that a closer look is worth it. */
export function needsFit(box: Box, camera: Camera, size: Size): boolean {
  const [left, top] = toScreen([box.left, box.top], camera, size);
  const [right, bottom] = toScreen([box.right, box.bottom], camera, size);
  const isOutside = left < 0 || top < 0 || right > size.width || bottom > size.height;
  const isSmall = right - left < size.width / 2 && bottom - top < size.height / 2;
  return isOutside || isSmall;
}

/** A place of the plane in CSS pixels. */
export function toScreen(
  [x, y]: readonly [number, number],
  camera: Camera,
  { width, height }: Size,
): [number, number] {
  return [
    width / 2 + (x - camera.centreX) * camera.zoomX,
    height / 2 - (y - camera.centreY) * camera.zoomY,
  ];
}

/** The place of the plane under CSS pixels. */
export function toPlane(
  [x, y]: readonly [number, number],
  camera: Camera,
  { width, height }: Size,
): [number, number] {
  return [
    camera.centreX + (x - width / 2) / camera.zoomX,
    camera.centreY - (y - height / 2) / camera.zoomY,
  ];
}

/** The camera after the cloud was dragged by CSS pixels. */
export function pan(camera: Camera, dx: number, dy: number): Camera {
  return {
    ...camera,
    centreX: camera.centreX - dx / camera.zoomX,
    centreY: camera.centreY + dy / camera.zoomY,
  };
}

/** The camera zoomed by a factor, the place under the CSS pixel staying where it is. */
export function zoomAt(
  camera: Camera,
  factor: number,
  at: readonly [number, number],
  size: Size,
): Camera {
  const [x, y] = toPlane(at, camera, size);
  return {
    centreX: x + (camera.centreX - x) / factor,
    centreY: y + (camera.centreY - y) / factor,
    zoomX: camera.zoomX * factor,
    zoomY: camera.zoomY * factor,
  };
}

/** The same window in device pixels, with cells as small as their number allows. */
export function windowOf(camera: Camera, size: Size, mostCells: number): Window {
  const { ratio } = size;
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  let cell = Math.max(1, Math.round(CELL * ratio));
  while (Math.ceil(width / cell) * Math.ceil(height / cell) > mostCells) cell++;
  return {
    ...{ width, height, cell, centreX: camera.centreX, centreY: camera.centreY },
    ...{ zoomX: camera.zoomX * ratio, zoomY: camera.zoomY * ratio },
  };
}
