// How many steps a frame computes: as many as keep the page responsive, or a number that the user fixes.

/** Chooses the steps of a frame from the durations of the frames before. */
export interface Pace {
  /** steps of the next frame */
  readonly steps: number;
  /** smoothed; 0 before the first frame */
  readonly stepsPerSecond: number;
  /** steps per frame that the user wants; null: as many as fit */
  fixed: number | null;
  learn(steps: number, milliseconds: number): void;
  reset(): void;
}

/** Milliseconds of computation per frame: 30 frames a second leave this much beside drawing. */
const FRAME_MS = 24;
const MOST_STEPS = 4096;
/** Weight of the newest frame in the smoothed duration. */
const NEWEST = 0.3;

/** A pace that starts with one step and at most doubles from frame to frame. */
export function createPace(): Pace {
  let stepMs = 0;
  let last = 1;
  const pace: Pace = {
    fixed: null,
    get steps() {
      if (pace.fixed !== null) return pace.fixed;
      if (stepMs === 0) return 1;
      return Math.min(MOST_STEPS, 2 * last, Math.max(1, Math.floor(FRAME_MS / stepMs)));
    },
    get stepsPerSecond() {
      return stepMs === 0 ? 0 : 1000 / stepMs;
    },
    learn: (steps, milliseconds) => {
      last = steps;
      const now = milliseconds / steps;
      stepMs = stepMs === 0 ? now : (1 - NEWEST) * stepMs + NEWEST * now;
    },
    reset: () => {
      stepMs = 0;
      last = 1;
    },
  };
  return pace;
}
