// Which replicas of a sweep in rounds are done, which come next, and the records of those that are.
import type { WidthRecords } from '../observables/measurement.ts';
import type { WidthReplicas } from './batches.ts';
import type { RecordsOfWidth } from './reduction.ts';

/** Replicas that were asked for together: those of the configuration, then those added. */
export interface Course {
  /** every width with its replicas and the Philox word of its first, ascending */
  readonly widths: readonly WidthReplicas[];
  /** replicas of the width that has most */
  readonly most: number;
  /** how many of those are done; the other widths have gone as far in proportion */
  done: number;
}

/** The books of a sweep in rounds. */
export interface Tally {
  /** replicas done and asked for, per width, ascending */
  readonly widths: readonly {
    readonly width: number;
    readonly done: number;
    readonly asked: number;
  }[];
  /** replicas times width, done and asked for */
  readonly work: { readonly done: number; readonly asked: number };
  /** the first course that is not done */
  next(): Course | undefined;
  /** What the next `size` replicas of a course are, of the width that has most, widths without any left out. */
  partsOf(course: Course, size: number): WidthReplicas[];
  /** Keeps the records of a part, one per width of it. */
  keep(course: Course, found: readonly RecordsOfWidth[]): void;
  /** Asks for more replicas of every width, with words that nobody has. */
  add(count: number): void;
  /** all records so far, per width, ascending */
  records(): RecordsOfWidth[];
}

/** Replicas of every width in the first round, as many as an interval needs. */
const LEAST = 5;

/**
 * @param first the replicas of the configuration
 * @param whole every course is one round
 */
export function createTally(first: readonly WidthReplicas[], whole: boolean): Tally {
  const courses: Course[] = [courseOf(first)];
  const kept = new Map<number, WidthRecords>();
  const askedOf = (width: number): number =>
    sum(
      courses.flatMap(({ widths }) => widths.filter((own) => own.width === width)),
      replicasOf,
    );
  const widths = () =>
    first.map(({ width }) => ({
      width,
      done: kept.get(width)?.loss[0].length ?? 0,
      asked: askedOf(width),
    }));
  return {
    get widths() {
      return widths();
    },
    get work() {
      const all = widths();
      return {
        done: sum(all, ({ width, done }) => width * done),
        asked: sum(all, ({ width, asked }) => width * asked),
      };
    },
    next: () => courses.find(({ most, done }) => done < most),
    partsOf: (course, size) => {
      const end = whole ? course.most : course.done + Math.max(size, course.done === 0 ? LEAST : 1);
      return course.widths
        .map(({ width, replicas, firstWord }) => {
          const begin = shareOf(replicas, course.done, course.most);
          const count = shareOf(replicas, end, course.most) - begin;
          return { width, replicas: count, firstWord: firstWord + begin };
        })
        .filter(({ replicas }) => replicas > 0);
    },
    keep: (course, found) => {
      for (const { width, records } of found) {
        const before = kept.get(width);
        kept.set(width, before === undefined ? records : join(before, records));
      }
      // The width that has most is in every part.
      const at = course.widths.findIndex(({ replicas }) => replicas === course.most);
      const leader = found.find(({ width }) => width === course.widths[at].width);
      course.done += leader?.records.loss[0].length ?? 0;
    },
    add: (count) => {
      const used = sum(
        courses.flatMap((course) => course.widths),
        replicasOf,
      );
      courses.push(
        courseOf(
          first.map(({ width }, k) => ({ width, replicas: count, firstWord: used + k * count })),
        ),
      );
    },
    records: () =>
      first.flatMap(({ width }) => {
        const records = kept.get(width);
        return records === undefined ? [] : [{ width, records }];
      }),
  };
}

function courseOf(widths: readonly WidthReplicas[]): Course {
  return { widths, most: Math.max(...widths.map(replicasOf)), done: 0 };
}

/** How many of `replicas` are done when `done` of `most` are: in proportion, but never too few for an interval. */
function shareOf(replicas: number, done: number, most: number): number {
  if (done === 0) return 0;
  if (done >= most) return replicas;
  return Math.min(replicas, Math.max(LEAST, Math.ceil((replicas * done) / most)));
}

/** Records of replicas, then records of others, of the same width. */
function join(one: WidthRecords, other: WidthRecords): WidthRecords {
  const both = <T extends Float32Array | Float64Array>(a: readonly T[], b: readonly T[]): T[] =>
    a.map((values, t) => {
      const all = new (values.constructor as new (length: number) => T)(
        values.length + b[t].length,
      );
      all.set(values);
      all.set(b[t], values.length);
      return all;
    });
  return {
    prediction: both(one.prediction, other.prediction),
    testPrediction:
      one.testPrediction === null || other.testPrediction === null
        ? null
        : both(one.testPrediction, other.testPrediction),
    loss: both(one.loss, other.loss),
    totalVariation: both(one.totalVariation, other.totalVariation),
    twoNorm: both(one.twoNorm, other.twoNorm),
  };
}

function replicasOf({ replicas }: WidthReplicas): number {
  return replicas;
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0);
}
