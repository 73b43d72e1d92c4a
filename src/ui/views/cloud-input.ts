// Pointers, wheel and keys over the cloud. One finger across pans and lets the page scroll up and down; two fingers zoom.
import { pan, zoomAt, type Camera, type Size } from './cloud-camera.ts';

/** What the input does. */
export interface InputTarget {
  readonly camera: Camera;
  readonly size: Size;
  /** the user looks elsewhere */
  look(camera: Camera): void;
  fit(): void;
  /** the pointer rests at a CSS pixel; null: it has left */
  point(at: readonly [number, number] | null): void;
  /** asks for the particle nearest to the middle */
  pointMiddle(): void;
}

/** CSS pixels per press of an arrow key; factor per press of + and −. */
const KEY_PAN = 40;
export const KEY_ZOOM = 1.3;

/** Listens on the frame of the cloud. */
export function listen(frame: HTMLElement, target: InputTarget): void {
  const place = (event: MouseEvent): [number, number] => {
    const { left, top } = frame.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  listenToPointers(frame, target, place);
  frame.addEventListener(
    'wheel',
    (event) => {
      // A page that one scrolls through must not be caught by a picture on the way.
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== frame) return;
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
      const factor = Math.exp(-Math.max(-300, Math.min(300, pixels)) * 0.002);
      target.look(zoomAt(target.camera, factor, place(event), target.size));
    },
    { passive: false },
  );
  frame.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== frame) return;
    const action = actionOf(event.key, target);
    if (action === null) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
}

/** Zooms about the middle. */
export function zoomMiddle({ camera, size }: InputTarget, factor: number): Camera {
  return zoomAt(camera, factor, [size.width / 2, size.height / 2], size);
}

function actionOf(key: string, target: InputTarget): (() => void) | null {
  const move = (x: number, y: number) => (): void =>
    target.look(pan(target.camera, x * KEY_PAN, y * KEY_PAN));
  const zoom = (factor: number) => (): void => target.look(zoomMiddle(target, factor));
  const actions: Record<string, () => void> = {
    ArrowLeft: move(1, 0),
    ArrowRight: move(-1, 0),
    ArrowUp: move(0, 1),
    ArrowDown: move(0, -1),
    '+': zoom(KEY_ZOOM),
    '=': zoom(KEY_ZOOM),
    '-': zoom(1 / KEY_ZOOM),
    '0': () => target.fit(),
    Enter: () => target.pointMiddle(),
    Escape: () => target.point(null),
  };
  return actions[key] ?? null;
}

function listenToPointers(
  frame: HTMLElement,
  target: InputTarget,
  place: (event: MouseEvent) => [number, number],
): void {
  const down = new Map<number, [number, number]>();
  // A finger that goes up or down first belongs to the page, which takes it after a few pixels.
  const taken = new Set<number>();
  frame.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, place(event));
    frame.setPointerCapture(event.pointerId);
    if (event.pointerType !== 'mouse') target.point(place(event));
  });
  frame.addEventListener('pointermove', (event) => {
    const [x, y] = place(event);
    const before = down.get(event.pointerId);
    if (before === undefined) {
      target.point([x, y]);
      return;
    }
    const isAcross = Math.abs(x - before[0]) > Math.abs(y - before[1]);
    if (event.pointerType === 'mouse' || down.size > 1 || isAcross) taken.add(event.pointerId);
    if (!taken.has(event.pointerId)) return;
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, [x, y]);
    if (other === undefined) {
      target.look(pan(target.camera, x - before[0], y - before[1]));
      return;
    }
    const spread = ([p, q]: readonly [number, number]): number =>
      Math.max(10, Math.hypot(p - other[0], q - other[1]));
    // What lay in the middle between the fingers lies there again after.
    const middle = [(before[0] + other[0]) / 2, (before[1] + other[1]) / 2] as const;
    const zoomed = zoomAt(target.camera, spread([x, y]) / spread(before), middle, target.size);
    target.look(pan(zoomed, (x - before[0]) / 2, (y - before[1]) / 2));
  });
  const up = ({ pointerId }: PointerEvent): void => {
    down.delete(pointerId);
    taken.delete(pointerId);
  };
  frame.addEventListener('pointerup', up);
  frame.addEventListener('pointercancel', up);
  frame.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse') target.point(null);
  });
}
