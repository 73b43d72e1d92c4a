// Problems of every kind: targets in closed form, streams, loss weights, titles and errors.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';
import { keyOf } from '../../src/random.ts';
import { PROFILES, pointsOf } from '../../src/problem/functions.ts';
import { makeProblem } from '../../src/problem/make.ts';
import { drawTeacher, evaluateTeacher } from '../../src/problem/teacher.ts';

const KEY = keyOf(7);
const make = (problem: object, rest: object = {}, options = {}) =>
  makeProblem(parseConfig({ seed: 7, problem, ...rest }), options);

/** Mean of values and its distance from the truth in standard errors of the estimate. */
function errorsFrom(values: ArrayLike<number>, truth: number): number {
  const list = Array.from(values);
  const mean = list.reduce((sum, v) => sum + v, 0) / list.length;
  const variance = list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (list.length - 1);
  return Math.abs(mean - truth) / Math.sqrt(variance / list.length);
}
const rowsOf = (x: Float32Array, d: number) =>
  Array.from({ length: x.length / d }, (_, j) => Array.from(x.subarray(j * d, (j + 1) * d)));

describe('teacher–student', () => {
  const base = { kind: 'teacher-student', dimension: 3, samples: 20 };
  const constants = (a: number, b: number, c: number) => ({
    neurons: 5,
    a: { kind: 'constant', value: a },
    b: { kind: 'constant', value: b },
    c: { kind: 'constant', value: c },
  });

  it('has targets (1/k) Σ c σ(⟨a,x⟩ − b) of equal neurons in closed form, with or without biases in the student', async () => {
    for (const bias of [true, false]) {
      const network = { activation: 'quadratic', bias };
      const { train } = await make({ ...base, teacher: constants(2, 0.5, -3) }, { network });
      rowsOf(train.x, 3).forEach((row, j) => {
        expect(train.y[j]).toBe(Math.fround(-3 * (2 * (row[0] + row[1] + row[2]) - 0.5) ** 2));
      });
    }
  });

  it('is linear in c and averages over neurons', () => {
    const two = { neurons: 2, dimension: 1, a: Float32Array.of(1, -1), b: Float32Array.of(0, 1) };
    const x = Float32Array.of(2, -3);
    // relu: neuron 0 gives 2, 0; neuron 1 gives max(−x − 1, 0) = 0, 2.
    expect(evaluateTeacher({ ...two, c: Float32Array.of(1, 5) }, 'relu', x)).toEqual(
      Float64Array.of(1, 5),
    );
  });

  it('begins with the same neurons whatever their number', () => {
    const laws = parseConfig({
      problem: { ...base, teacher: { b: { kind: 'normal' }, c: { kind: 'normal' } } },
    });
    const [few, many] = [2, 9].map((neurons) =>
      drawTeacher({ ...teacherOf(laws), neurons }, 3, KEY),
    );
    expect(few.a).toEqual(many.a.subarray(0, 6));
    expect(few.b).toEqual(many.b.subarray(0, 2));
    expect(few.c).toEqual(many.c.subarray(0, 2));
    expect(new Set([...many.a, ...many.b, ...many.c]).size).toBe(45);
  });

  it('keeps the training set when the number of test or training samples changes, and the reverse', async () => {
    const [p, q] = [
      await make({ ...base, testSamples: 5 }),
      await make({ ...base, samples: 8, testSamples: 50 }),
    ];
    expect(p.train.x.subarray(0, 24)).toEqual(q.train.x);
    expect(p.train.y.subarray(0, 8)).toEqual(q.train.y);
    expect(p.test?.x).toEqual(q.test?.x.subarray(0, 15));
    expect(p.test?.y).toEqual(q.test?.y.subarray(0, 5));
    expect((await make(base)).test).toBeNull();
  });

  it('depends on the seed, both words of it, and on nothing else', async () => {
    const at = async (seed: number) =>
      (await makeProblem(parseConfig({ seed, problem: base }))).train;
    expect(await at(1)).toEqual(await at(1));
    expect((await at(2)).x).not.toEqual((await at(1)).x);
    expect((await at(1 + 2 ** 32)).x).not.toEqual((await at(1)).x);
  });

  it('has loss weights 1/s, or 1 with "sum", and says in its title what it is', async () => {
    const problem = { ...base, testSamples: 4, teacher: { neurons: 1 } };
    const mean = await make(problem);
    expect(mean.train.weight).toEqual(new Float32Array(20).fill(1 / 20));
    expect(mean.test?.weight).toEqual(new Float32Array(4).fill(1 / 4));
    expect((await make(problem, { flow: { lossWeights: 'sum' } })).train.weight).toEqual(
      new Float32Array(20).fill(1),
    );
    expect(mean.title).toBe(
      'teacher–student, 1 teacher neuron, inputs on the sphere of radius 1, d = 3, s = 20, 4 held out',
    );
  });

  it('refuses sets beyond 2 GiB before drawing them, and targets beyond float32', async () => {
    const huge = { ...base, dimension: 65536, samples: 10_000_000 };
    await expect(make(huge)).rejects.toThrow(
      'problem.samples: received 10000000 samples in 65536 dimensions',
    );
    await expect(make({ ...base, testSamples: 2 ** 30 })).rejects.toThrow(
      'problem.testSamples: received',
    );
    const large = make(
      { ...base, teacher: constants(1e30, 0, 1) },
      { network: { activation: 'quadratic' } },
    );
    await expect(large).rejects.toThrow(ConfigError);
    await expect(large).rejects.toThrow('problem: y of sample 0: received');
  });
});

function teacherOf(config: ReturnType<typeof parseConfig>) {
  if (config.problem.kind !== 'teacher-student') throw new Error('another kind');
  const { teacher } = config.problem;
  if (teacher.kind !== 'random') throw new Error('another teacher');
  return teacher;
}

describe('random labels', () => {
  const base = { kind: 'random-labels', samples: 10000, testSamples: 10000 };

  it('are ±1 with mean 0, or standard normal, independent of the inputs and of the test labels', async () => {
    for (const labels of ['sign', 'normal']) {
      const { train, test } = await make({ ...base, labels });
      expect(errorsFrom(train.y, 0)).toBeLessThan(5);
      if (labels === 'sign') expect(new Set(train.y)).toEqual(new Set([-1, 1]));
      else
        expect(
          errorsFrom(
            train.y.map((y) => y * y),
            1,
          ),
        ).toBeLessThan(5);
      expect(
        errorsFrom(
          train.y.map((y, j) => y * train.x[2 * j]),
          0,
        ),
      ).toBeLessThan(5);
      expect(
        errorsFrom(
          train.y.map((y, j) => y * (test?.y[j] ?? NaN)),
          0,
        ),
      ).toBeLessThan(5);
    }
  });
});

describe('1-D functions', () => {
  it('take their known values', () => {
    const cases: [keyof typeof PROFILES, number, number][] = [
      ['sine', 0.25, 1],
      ['sine', -0.25, -1],
      ['cosine', 0.5, -1],
      ['square-wave', 0, 1],
      ['square-wave', 0.5, -1],
      ['square-wave', -0.25, -1],
      ['square-wave', -0.75, 1],
      ['triangle-wave', 0, 1],
      ['triangle-wave', 0.25, 0],
      ['triangle-wave', -2.5, -1],
      ['abs', -0.5, 0.5],
      ['step', 0, 1],
      ['step', -0.001, 0],
      ['gaussian', 0, 1],
      ['gaussian', -Math.sqrt(2), 1 / Math.E],
    ];
    for (const [name, u, value] of cases)
      expect(PROFILES[name](u), `${name}(${u})`).toBeCloseTo(value, 14);
  });

  it('have waves that follow the sine and the cosine in sign and period', () => {
    for (let i = 0; i < 100; i++) {
      const u = (i + 0.5) / 50 - 1;
      expect(PROFILES['square-wave'](u)).toBe(Math.sign(PROFILES.sine(u)));
      if (Math.abs(PROFILES.cosine(u)) > 1e-9) {
        expect(Math.sign(PROFILES['triangle-wave'](u))).toBe(Math.sign(PROFILES.cosine(u)));
      }
      expect(PROFILES['triangle-wave'](u + 3)).toBeCloseTo(PROFILES['triangle-wave'](u), 14);
    }
  });

  it('are taken at frequency · x, at the inputs rounded to float32', async () => {
    const { train, title } = await make({
      kind: 'function',
      name: 'abs',
      frequency: 4,
      points: [-0.1, 0.5],
    });
    expect(train).toMatchObject({ count: 2, dimension: 1, x: Float32Array.of(-0.1, 0.5) });
    expect(train.y).toEqual(Float32Array.of(4 * Math.fround(0.1), 2));
    expect(title).toBe('abs of frequency 4, d = 1, s = 2');
  });

  it('stand on an even grid with both ends', () => {
    expect(pointsOf({ low: -1, high: 1, count: 5 })).toEqual(Float64Array.of(-1, -0.5, 0, 0.5, 1));
    expect(pointsOf({ low: 0.3, high: 0.3, count: 1 })).toEqual(Float64Array.of(0.3));
    expect(pointsOf([3, 1, 2])).toEqual(Float64Array.of(3, 1, 2));
  });

  it('refuse a grid that runs backwards and points beyond float32', async () => {
    const grid = { low: 1, high: 1, count: 2 };
    await expect(make({ kind: 'function', points: grid })).rejects.toThrow(
      'problem.points.high: received 1',
    );
    const far = make({ kind: 'function', points: [0, 1e39] });
    await expect(far).rejects.toThrow('problem.points.1: received');
    await expect(far).rejects.toThrow(ConfigError);
  });
});

describe('given points', () => {
  it('become samples, as numbers or rows, with their weights', async () => {
    const rows = await make({
      kind: 'points',
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      y: [7, 8, 9],
      weight: [1, 0, 3],
    });
    expect(rows.train).toEqual({
      count: 3,
      dimension: 2,
      x: Float32Array.of(1, 2, 3, 4, 5, 6),
      y: Float32Array.of(7, 8, 9),
      weight: Float32Array.of(0.25, 0, 0.75),
    });
    expect(rows.test).toBeNull();
    const flat = await make({ kind: 'points', x: [1, 2], y: [3, 4] });
    expect(flat.train).toMatchObject({
      dimension: 1,
      x: Float32Array.of(1, 2),
      weight: Float32Array.of(0.5, 0.5),
    });
  });

  it('have held-out points of their own', async () => {
    const { test, title } = await make({
      kind: 'points',
      x: [1, 2],
      y: [3, 4],
      test: { x: [0.5], y: [7] },
    });
    expect(test).toMatchObject({ count: 1, x: Float32Array.of(0.5), y: Float32Array.of(7) });
    expect(test?.weight).toEqual(Float32Array.of(1));
    expect(title).toContain('1 held out');
    const far = make({ kind: 'points', x: [1], y: [1], test: { x: [1e39], y: [1] } });
    await expect(far).rejects.toThrow('problem.test.x.0: received');
  });

  it('are refused by the path of the value: beyond float32, or weights that are all 0', async () => {
    await expect(
      make({
        kind: 'points',
        x: [
          [1, 2],
          [3, 1e39],
        ],
        y: [1, 2],
      }),
    ).rejects.toThrow('problem.x.1.1: received');
    await expect(make({ kind: 'points', x: [1e39], y: [1] })).rejects.toThrow(
      'problem.x.0: received',
    );
    await expect(make({ kind: 'points', x: [1], y: [-1e39] })).rejects.toThrow(
      'problem.y.0: received -1e+39',
    );
    await expect(make({ kind: 'points', x: [1], y: [1], weight: [0] })).rejects.toThrow(
      'problem.weight: received weights',
    );
  });
});

describe('data files', () => {
  const files: Record<string, string> = {
    'in/train.csv': 'x0,x1,y\n1,2,3\n4,5,6\n',
    'in/test.csv': 'x0,x1,y\n7,8,9\n',
    'in/flat.csv': 'x,y\n1,2\n',
  };
  const readFile = (path: string) =>
    path in files
      ? Promise.resolve(new TextEncoder().encode(files[path]))
      : Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' }));

  it('give training and test set by the reader of the caller', async () => {
    const problem = { kind: 'file', path: 'in/train.csv', testPath: 'in/test.csv' };
    const { train, test, title } = await make(
      problem,
      { flow: { lossWeights: 'sum' } },
      { readFile },
    );
    expect(train).toMatchObject({ count: 2, dimension: 2, weight: Float32Array.of(1, 1) });
    expect(test).toMatchObject({ count: 1, x: Float32Array.of(7, 8), y: Float32Array.of(9) });
    expect(title).toBe('train.csv, d = 2, s = 2, 1 held out');
    expect((await make({ kind: 'file', path: 'in/flat.csv' }, {}, { readFile })).test).toBeNull();
  });

  it('refuse a test set of another dimension, and name a missing file', async () => {
    const problem = { kind: 'file', path: 'in/train.csv', testPath: 'in/flat.csv' };
    await expect(make(problem, {}, { readFile })).rejects.toThrow(
      'problem.testPath: in/flat.csv: received dimension 1; allowed: 2, as in in/train.csv',
    );
    await expect(make({ ...problem, testPath: 'gone.csv' }, {}, { readFile })).rejects.toThrow(
      'gone.csv: no such file',
    );
    await expect(make({ kind: 'file', path: '/nowhere/gone.csv' })).rejects.toThrow(
      '/nowhere/gone.csv: no such file',
    );
  });
});
