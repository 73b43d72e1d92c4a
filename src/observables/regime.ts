// The regime of a univariate ReLU run, in words: do the features stay where they start, or do they move?

/** Below this Λ the features stay, above the other they move; between them they do some of both. */
const KERNEL_BELOW = 0.03;
const ADAPTIVE_ABOVE = 0.2;

/** The regime number Λ of a start, or why there is none. */
export type Regime =
  | {
      /** Λ; Infinity for δ ≥ 0 */
      readonly number: number;
      /** median of δ = c² − a² − b² over the particles of the start */
      readonly delta: number;
    }
  | {
      /** why Λ is left out, the end of a sentence */
      readonly reason: string;
    };

/** The regime number of one width, over its replicas. */
export interface RegimeOfWidth {
  readonly width: number;
  readonly replicas: number;
  /** mean of Λ over replicas; Infinity where a replica has δ ≥ 0 */
  readonly mean: number;
  /** standard error of the mean; NaN where it is infinite */
  readonly se: number;
  /** replicas with δ ≥ 0, whose Λ is infinite */
  readonly infinite: number;
}

/** The regime numbers of a sweep, ascending in the width, or why there are none, the end of a sentence. */
export type RegimesOfWidths = readonly RegimeOfWidth[] | { readonly reason: string };

export type RegimeName = 'kernel regime' | 'in between' | 'adaptive';

/** The word for a regime number. */
export function regimeName(number: number): RegimeName {
  if (number < KERNEL_BELOW) return 'kernel regime';
  return number > ADAPTIVE_ABOVE ? 'adaptive' : 'in between';
}

/** One sentence about the regime of a run. */
export function describeRegime(regime: Regime): string {
  if ('reason' in regime) return `The regime number Λ is left out: ${regime.reason}.`;
  const { number, delta } = regime;
  const meaning = {
    'kernel regime': 'the knots hardly move',
    'in between': 'some knots move',
    adaptive: 'the knots move',
  }[regimeName(number)];
  return (
    `Regime number Λ = ${short(number)} at δ = ${short(delta)}, the median of the start: ` +
    `${regimeName(number)}, ${meaning}.`
  );
}

/** One sentence about the regimes of a sweep. */
export function describeRegimes(regimes: RegimesOfWidths): string {
  if ('reason' in regimes) return describeRegime(regimes);
  const each = regimes.map(
    (regime) => `${showRegime(regime)} at m = ${regime.width} (${regimeName(regime.mean)})`,
  );
  return `Regime number Λ of the start, mean over replicas ± standard error: ${each.join(', ')}.`;
}

/** "0.031 ± 0.002", or ∞ with the share of replicas that make it so. */
export function showRegime({ mean, se, infinite, replicas }: RegimeOfWidth): string {
  if (infinite > 0) return `∞ (δ ≥ 0 in ${infinite} of ${replicas} replicas)`;
  return `${short(mean)} ± ${Number(se.toPrecision(2))}`;
}

function short(value: number): string {
  if (value === Infinity) return '∞';
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
