// What the fluctuation experiment shows, judged in words: one sentence per criterion, the same in the report, in
// summary.json and on the terminal.
import { DEVIATION_BOUND, judgeAgreement, type Agreement } from '../observables/agreement.ts';
import { REJECTION_LEVEL, type Consistency } from '../observables/consistency.ts';
import { LEAST_REPLICAS } from '../observables/gaussianity.ts';
import type {
  FluctuationPoint,
  FluctuationResult,
  Gaussianity,
  LawAtTime,
} from '../observables/fluctuation.ts';
import { describeEstimate, formatNumber } from './number.ts';

/** An exponent is claimed where its 95 % interval reaches no further than this to either side. */
const CLAIMED_HALF_WIDTH = 0.1;
/**
 * An exponent is claimed from this many replicas per width on, on average: few replicas of some widths leave the coverage
 * of the interval as it is.
 */
const CLAIMED_REPLICAS = 100;
/** A prediction should know itself to this share. */
const PREDICTION_SHARE = 0.02;
/** From this factor on fluctuations are said to die out at the training samples alone. */
const TEST_FACTOR = 10;

/** Every verdict on a result, in reading order; the first is the main one. */
export function describeVerdicts(
  result: Pick<FluctuationResult, 'points' | 'laws' | 'gaussianity'>,
): string[] {
  const { points, laws, gaussianity } = result;
  const law = summaryLaw(result);
  if (law === undefined) return ['No time was recorded.'];
  const own = points.filter((point) => point.time === law.time);
  const replicas = own.reduce((sum, point) => sum + point.replicas, 0) / own.length;
  const most = Math.max(...own.map((point) => point.replicas));
  return [
    describeLaw(law, own.length, replicas),
    describeConstant(law),
    ...(law.collapse === null ? [] : [describeCollapse(law.collapse)]),
    ...(law.agreement === null ? [] : [describeAgreement(law.agreement)]),
    ...describePrediction(points),
    ...(law.testConstant === null ? [] : [describeTest(law)]),
    ...describeMonteCarlo(points),
    ...describeLimit(points),
    ...(laws.length > 1 ? [describeAllTimes(laws)] : []),
    ...describeFloor(laws, own.length),
    describeGaussianity(gaussianity, most),
  ];
}

/** The law that is judged: the last one with a width above the float32 floor, else the last. */
export function summaryLaw({
  points,
  laws,
}: Pick<FluctuationResult, 'points' | 'laws'>): LawAtTime | undefined {
  const widths = new Set(points.map((point) => point.width)).size;
  return laws.findLast((law) => law.unresolved.length < widths) ?? laws[laws.length - 1];
}

/**
 * Says whether the 95 % interval of an exponent holds −1 and whether that shows the law.
 *
 * @param replicas replicas per width, their mean where widths have different numbers
 */
export function describeExponent(exponent: LawAtTime['exponent'], replicas: number): string {
  if (exponent === null) return 'no exponent can be fitted';
  const [low, high] = exponent.ci;
  const half = (high - low) / 2;
  const few =
    replicas < CLAIMED_REPLICAS
      ? `; with ${formatNumber(replicas)} replicas per width on average, fewer than ${CLAIMED_REPLICAS}, no slope is claimed`
      : '';
  if (!containsLaw(exponent)) return `the interval does not contain −1${few}`;
  // An interval [−1.1, −0.9] has half its width off 0.1 by rounding.
  if (half <= CLAIMED_HALF_WIDTH * (1 + 1e-9)) {
    return few === ''
      ? `the interval contains −1 and is no wider than ±${CLAIMED_HALF_WIDTH}, with ${CLAIMED_REPLICAS} replicas per width or more on average`
      : `the interval contains −1${few}`;
  }
  return `the interval contains −1, but is wider than ±${CLAIMED_HALF_WIDTH}${few || ', so no slope is claimed'}`;
}

/** Says in a few words whether all widths share a constant. */
export function judgeCollapse({ p }: Consistency): string {
  return p >= REJECTION_LEVEL ? 'agree' : 'differ';
}

/** Says in a few words what the pooled difference from the prediction is. */
export function describeDifference({ difference, se, deviation }: Agreement): string {
  const percent = (value: number): string => formatNumber(100 * value, 2);
  const sign = difference > 0 ? '+' : '';
  return `${sign}${percent(difference)} ± ${percent(se)} % (${formatNumber(deviation, 2)} standard errors)`;
}

function containsLaw({ ci: [low, high] }: NonNullable<LawAtTime['exponent']>): boolean {
  return low <= -1 && -1 <= high;
}

// ---- One sentence per criterion -----------------------------------------------------------------------

function describeLaw(law: LawAtTime, widths: number, replicas: number): string {
  const at = `At time ${formatNumber(law.time)}`;
  if (law.exponent === null) {
    const why =
      widths < 2
        ? 'this takes two widths or more'
        : 'this takes two widths above the floor of float32 rounding';
    return `${at}: ${describeExponent(null, replicas)}, since ${why}.`;
  }
  return (
    `${at} the fluctuation E‖f_m − f‖² follows the width with exponent ` +
    `${describeEstimate(law.exponent)}: ${describeExponent(law.exponent, replicas)}. ` +
    'The central limit theorem says −1.'
  );
}

function describeConstant({ constant }: LawAtTime): string {
  return (
    `Its constant m·V̂ is ${describeEstimate(constant)}` +
    (constant.predicted === null ? '.' : `; predicted: ${formatNumber(constant.predicted)}.`)
  );
}

function describeCollapse(collapse: Consistency): string {
  const { statistic, degrees, p, ratio } = collapse;
  const numbers =
    `χ² = ${formatNumber(statistic, 3)} on ${degrees} ` +
    `${degrees === 1 ? 'degree' : 'degrees'} of freedom, p = ${formatNumber(p, 2)}`;
  const spread = `the largest is ${formatNumber(ratio, 3)} times the smallest`;
  return judgeCollapse(collapse) === 'agree'
    ? `The values of m·V̂ at all widths agree with one constant (${numbers}); ${spread}.`
    : `The values of m·V̂ differ between widths by more than chance (${numbers}); ${spread}.`;
}

function describeAgreement(agreement: Agreement): string {
  const difference = `they differ by ${describeDifference(agreement)}`;
  return {
    agrees: `Measured and predicted constant agree: ${difference}.`,
    close: `Measured and predicted constant are close: ${difference}, no more than 5 % beyond three standard errors.`,
    departs: `Measured and predicted constant disagree: ${difference}.`,
  }[judgeAgreement(agreement)];
}

/** What the prediction's own error is, of points where one was computed. */
function describePrediction(points: readonly FluctuationPoint[]): string[] {
  const shares = points
    .filter(({ predicted, predictedSe, isResolved }) => isResolved && predicted && predictedSe)
    .map(({ time, predicted, predictedSe }) => ({
      time,
      share: (predictedSe ?? NaN) / (predicted ?? NaN),
    }));
  if (shares.length === 0) return [];
  const worst = shares.reduce((most, next) => (next.share > most.share ? next : most));
  const is =
    `The standard error of the prediction is at most ${formatNumber(100 * worst.share, 2)} % of it ` +
    `(at t = ${formatNumber(worst.time)})`;
  return worst.share <= PREDICTION_SHARE
    ? [`${is}.`]
    : [
        `${is}, more than ${100 * PREDICTION_SHARE} %: a coarse prediction agrees with much; raise clt.prediction.nodes or rules.`,
      ];
}

function describeTest({ constant, testConstant }: LawAtTime): string {
  if (testConstant === null) return '';
  const ratio = testConstant.estimate / constant.estimate;
  const known =
    testConstant.predicted === null ? '' : ` (predicted: ${formatNumber(testConstant.predicted)})`;
  const text = `At the test samples the constant is ${describeEstimate(testConstant)}${known}`;
  if (!Number.isFinite(ratio)) return `${text}.`;
  const factor = `${text}, ${formatNumber(ratio, 2)} times that at the training samples`;
  return ratio < TEST_FACTOR
    ? `${factor}.`
    : `${factor}: fluctuations die out where the network is fitted, not elsewhere.`;
}

/**
 * Compares the prediction with the constant of fresh samples: at every time after 0, where both are equal by definition,
 * and averaged over time. Both come of the same rules, whose errors go together, so that adding them in squares allows
 * chance its share and more.
 */
function describeMonteCarlo(points: readonly FluctuationPoint[]): string[] {
  const own = new Map(points.map((point) => [point.time, point]));
  const known = [...own.values()]
    .filter(({ predicted, monteCarlo }) => predicted !== null && monteCarlo !== null)
    .map(({ time, predicted, predictedSe, monteCarlo, monteCarloSe }) => ({
      time,
      first: predicted ?? NaN,
      second: monteCarlo ?? NaN,
      se: Math.hypot(predictedSe ?? 0, monteCarloSe ?? 0),
    }));
  if (known.length < 2) return [];
  const above = known.filter(
    ({ time, first, second, se }) => time > 0 && first - second > DEVIATION_BOUND * se,
  );
  const mean = timeAverage(known.map(({ time, first }) => [time, first]));
  const bound = timeAverage(known.map(({ time, second }) => [time, second]));
  const by = 'by more than three standard errors of both';
  return [
    `Averaged over time the predicted constant is ${formatNumber(mean, 3)} and that of m fresh samples of the cloud ` +
      `${formatNumber(bound, 3)}; ` +
      (above.length === 0
        ? `at no recorded time after 0 is the first above the second ${by}.`
        : `the first is above the second ${by} at t = ${listTimes(above)}.`),
  ];
}

/** Mean over time of values (t, v) by the trapezoidal rule. */
function timeAverage(values: readonly (readonly [number, number])[]): number {
  let sum = 0;
  for (let n = 1; n < values.length; n++) {
    sum += ((values[n][0] - values[n - 1][0]) * (values[n][1] + values[n - 1][1])) / 2;
  }
  return sum / (values[values.length - 1][0] - values[0][0]);
}

/** Where the error of a limit by quadrature shows: it adds more to m V̂ than half of the interval of m V̂. */
export function limitTooCoarse(points: readonly FluctuationPoint[]): FluctuationPoint[] {
  return points.filter(
    ({ limitError, isResolved, ciLow, ciHigh }) =>
      limitError !== null && isResolved && limitError > (ciHigh - ciLow) / 2,
  );
}

function describeLimit(points: readonly FluctuationPoint[]): string[] {
  const known = points.filter(({ limitError, isResolved }) => limitError !== null && isResolved);
  if (known.length === 0) return [];
  const bad = limitTooCoarse(points);
  const share = Math.max(...known.map(({ limitError, scaled }) => (limitError ?? NaN) / scaled));
  const adds = `The error of the limit by quadrature adds at most ${formatNumber(100 * share, 2)} % to m·V̂`;
  if (bad.length === 0)
    return [`${adds}, less than half the interval of m·V̂ at every width and time.`];
  const { width, time } = bad[bad.length - 1];
  return [
    `${adds}, which shows in ${bad.length} of ${known.length} values (the last: m = ${width}, ` +
      `t = ${formatNumber(time)}): the limit is too coarse for these widths; raise clt.quadrature.nodes.`,
  ];
}

/** Counts verdicts over times and names the times at which they fail. */
function describeAllTimes(laws: readonly LawAtTime[]): string {
  const parts = [
    countTimes(
      'the interval of the exponent contains −1',
      laws,
      ({ exponent }) => exponent && containsLaw(exponent),
    ),
    countTimes(
      'all widths share one constant',
      laws,
      ({ collapse }) => collapse && judgeCollapse(collapse) === 'agree',
    ),
    countTimes(
      'measured and predicted constant agree or are close',
      laws,
      ({ agreement }) => agreement && judgeAgreement(agreement) !== 'departs',
    ),
  ].filter((part) => part !== '');
  const tested = `Over the ${laws.length} recorded times`;
  return parts.length === 0
    ? `${tested} nothing could be tested.`
    : `${tested}: ${parts.join('; ')}.`;
}

function countTimes(
  claim: string,
  laws: readonly LawAtTime[],
  judge: (law: LawAtTime) => boolean | null,
): string {
  const tested = laws.filter((law) => judge(law) !== null);
  if (tested.length === 0) return '';
  const failed = tested.filter((law) => judge(law) === false);
  const count = `${claim} at ${tested.length - failed.length} of ${tested.length}`;
  return failed.length === 0 ? count : `${count} (not at t = ${listTimes(failed)})`;
}

function describeFloor(laws: readonly LawAtTime[], widths: number): string[] {
  const all = laws.filter(({ unresolved }) => unresolved.length === widths);
  const some = laws.filter(({ unresolved: { length } }) => length > 0 && length < widths);
  const floor = 'at the floor of float32 rounding';
  const out = 'and left out of exponent, constant and χ²';
  return [
    ...(all.length === 0
      ? []
      : [`At t = ${listTimes(all)} m·V̂ is ${floor} at every width ${out}.`]),
    ...some.map(
      ({ time, unresolved }) =>
        `At t = ${formatNumber(time)} m·V̂ of m = ${unresolved.join(', ')} is ${floor} ${out}.`,
    ),
  ];
}

function describeGaussianity(gaussianity: Gaussianity | null, mostReplicas: number): string {
  if (gaussianity === null) {
    return mostReplicas < LEAST_REPLICAS
      ? `Whether √m (f_m − f) is Gaussian was not tested, since this takes ${LEAST_REPLICAS} replicas or more.`
      : 'Whether √m (f_m − f) is Gaussian was not tested, since nothing fluctuates above float32 rounding.';
  }
  const { width, time, tested, directions, p } = gaussianity;
  const verdict =
    p >= REJECTION_LEVEL ? 'no departure from a Gaussian is seen' : 'it departs from a Gaussian';
  const along =
    directions.length === 1
      ? 'its leading direction'
      : `its ${directions.length} leading directions`;
  return (
    `√m (f_m − f) at m = ${width}, t = ${formatNumber(time)}: ${verdict} (Anderson–Darling along ${along}, ` +
    `found in one half of the replicas and tested in the other, ${tested}; p = ${formatNumber(p, 2)}).`
  );
}

function listTimes(laws: readonly { readonly time: number }[]): string {
  return laws.map(({ time }) => formatNumber(time)).join(', ');
}
