// The configuration: every key has a default, and every wrong value gives one line with path, value and what is allowed.
import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import { ACTIVATIONS, configJsonSchema, configSchema, PENALTIES } from '../../src/config.ts';
import { ConfigError, parseConfig } from '../../src/config-check.ts';

/** The message of the ConfigError that a raw configuration gives. */
function messageOf(raw: unknown): string {
  try {
    parseConfig(raw, 'run.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error(`accepted: ${JSON.stringify(raw)}`);
}

describe('defaults', () => {
  const config = parseConfig({});

  it('are those of the design', () => {
    expect(config.seed).toBe(1);
    expect(config.network).toEqual({
      features: 'ridge',
      activation: 'relu',
      width: 1024,
      scale: 1,
      bias: true,
    });
    const normal = { kind: 'normal', mean: 0, std: 1 };
    expect(config.init).toEqual({
      kind: 'random',
      a: normal,
      b: normal,
      c: normal,
      sampling: 'iid',
    });
    expect(config.flow).toEqual({
      dt: 0.05,
      stableStep: 0,
      steps: 200,
      time: 'function',
      integrator: 'euler',
      train: ['a', 'b', 'c'],
      loss: 'samples',
      lossWeights: 'mean',
      batch: 0,
      project: 'none',
      penalty: { kind: 'none', strength: 0 },
      birthDeath: config.flow.birthDeath, // birth-death-config.test.ts
    });
    expect(config).toMatchObject({ record: { every: 10 }, problem: { kind: 'teacher-student' } });
  });

  it('are whole: no key that the schema knows is left undefined, except files and weights', () => {
    const optional = new Set<string>();
    const missing = (schema: z.core.$ZodType, value: unknown, path: string): string[] => {
      const def = schema._zod.def as {
        innerType?: z.core.$ZodType;
        shape?: Record<string, z.core.$ZodType>;
      };
      // An object that may be left out is null by default.
      if (value === null) return [];
      if (def.innerType !== undefined) return missing(def.innerType, value, path);
      if (def.shape === undefined) return value === undefined && !optional.has(path) ? [path] : [];
      return Object.entries(def.shape).flatMap(([key, inner]) =>
        missing(
          inner,
          (value as Record<string, unknown>)[key],
          path === '' ? key : `${path}.${key}`,
        ),
      );
    };
    expect(missing(configSchema, config, '')).toEqual([]);
  });

  it('make a configuration that is accepted and unchanged when written and read again', () => {
    expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('hold for a part that is written in part', () => {
    const { flow, problem } = parseConfig({
      flow: { penalty: { kind: 'output-l2' } },
      problem: { samples: 3 },
    });
    expect(flow.penalty).toEqual({ kind: 'output-l2', strength: 0 });
    expect(flow.dt).toBe(0.05);
    expect(problem).toMatchObject({ kind: 'teacher-student', samples: 3, dimension: 2 });
  });
});

describe('an object of several kinds that names none', () => {
  it.each([
    [{ problem: { dimension: 3 } }, 'problem', 'teacher-student'],
    [{ init: { sampling: 'antithetic' } }, 'init', 'random'],
  ] as const)('%j has the default kind', (raw, key, kind) => {
    expect(parseConfig(raw)[key].kind).toBe(kind);
  });

  it('holds at every depth', () => {
    const { init, problem } = parseConfig({
      init: { a: { std: 2 }, b: { mean: 1 }, c: {} },
      problem: {
        inputs: { radius: 2 },
        teacher: { a: { std: 3 }, b: { value: 1 }, c: { scale: 2 } },
      },
    });
    expect(init).toMatchObject({
      a: { kind: 'normal', std: 2 },
      b: { kind: 'normal', mean: 1 },
      c: { kind: 'normal', mean: 0 },
    });
    expect(problem).toMatchObject({
      inputs: { kind: 'sphere', radius: 2 },
      teacher: {
        a: { kind: 'normal' },
        b: { kind: 'constant', value: 1 },
        c: { kind: 'sign', scale: 2 },
      },
    });
  });

  it('keeps the kind that it names', () => {
    expect(parseConfig({ init: { a: { kind: 'sphere' } } }).init).toMatchObject({
      a: { kind: 'sphere', radius: 1 },
    });
  });

  it('does not take the keys of another kind', () => {
    expect(messageOf({ init: { a: { radius: 1 } } })).toContain('init.a.radius: unknown key');
  });
});

describe('an unknown key', () => {
  it.each([
    [{ sed: 2 }, 'sed: unknown key; did you mean "seed"?'],
    [{ network: { widht: 2 } }, 'network.widht: unknown key; did you mean "width"?'],
    [{ flow: { Steps: 2 } }, 'flow.Steps: unknown key; did you mean "steps"?'],
    [
      { flow: { penalty: { strenght: 2 } } },
      'flow.penalty.strenght: unknown key; did you mean "strength"?',
    ],
    [
      { init: { a: { kind: 'uniform', hihg: 2 } } },
      'init.a.hihg: unknown key; did you mean "high"?',
    ],
    [
      { problem: { teacher: { neuron: 2 } } },
      'problem.teacher.neuron: unknown key; did you mean "neurons"?',
    ],
    [
      { problem: { teacher: { a: { kind: 'sphere', radios: 2 } } } },
      'problem.teacher.a.radios: unknown key; did you mean "radius"?',
    ],
    [{ clt: { times: { spacing: 'log', count: 3, from: 3 } } }, 'clt.times.from: unknown key'],
  ])('%j names the nearest one', (raw, text) => {
    expect(messageOf(raw)).toContain(`run.json: ${text}`);
  });

  it('without a near one lists those of the chosen kind alone', () => {
    const message = messageOf({ problem: { kind: 'function', zzzzzzzz: 1 } });
    expect(message).toContain('problem.zzzzzzzz: unknown key; known keys: ');
    expect(message).toContain('frequency');
    expect(message).not.toContain('teacher');
  });
});

describe('a value out of range', () => {
  it.each([
    [{ network: { width: 0 } }, 'network.width: received 0; allowed: number >= 1'],
    [{ network: { width: 1.5 } }, 'network.width: received 1.5; allowed: a whole number'],
    [
      { network: { width: 2 ** 31 } },
      'network.width: received 2147483648; allowed: number <= 2147483647',
    ],
    [{ network: { width: '12' } }, 'network.width: received "12"; allowed: a number'],
    [{ network: { scale: 1.01 } }, 'network.scale: received 1.01; allowed: a number <= 1'],
    [{ network: { scale: -0.1 } }, 'network.scale: received -0.1; allowed: a number >= 0'],
    [{ network: { bias: 1 } }, 'network.bias: received 1; allowed: true or false'],
    [
      { network: { activation: 'gelu' } },
      'network.activation: received "gelu"; allowed: "relu", "tanh"',
    ],
    [{ flow: { dt: 0 } }, 'flow.dt: received 0; allowed: a number > 0'],
    [{ flow: { dt: -1 } }, 'flow.dt: received -1; allowed: a number > 0'],
    [{ flow: { dt: NaN } }, 'flow.dt: received NaN; allowed: a number'],
    [{ flow: { dt: Infinity } }, 'flow.dt: received Infinity; allowed: a number'],
    [{ flow: { dt: null } }, 'flow.dt: received null; allowed: a number'],
    [{ flow: { steps: -1 } }, 'flow.steps: received -1; allowed: number >= 0'],
    [{ flow: { steps: 2.5 } }, 'flow.steps: received 2.5; allowed: a whole number'],
    [
      { flow: { train: ['a', 'a'] } },
      'flow.train: received ["a","a"]; allowed: each of a, b, c at most once',
    ],
    [{ flow: { train: ['d'] } }, 'flow.train.0: received "d"; allowed: "a", "b", "c"'],
    [{ flow: { train: 'a' } }, 'flow.train: received "a"; allowed: a list'],
    [
      { flow: { penalty: { kind: 'output-l2', strength: -1 } } },
      'flow.penalty.strength: received -1; allowed: a number >= 0',
    ],
    [{ record: { every: 0 } }, 'record.every: received 0; allowed: number >= 1'],
    [{ seed: -1 }, 'seed: received -1; allowed: number >= 0'],
    [{ seed: 2 ** 60 }, 'seed: received'],
    [
      { init: { a: { kind: 'uniform', low: 1, high: 0 } } },
      'init.a.high: received 0; allowed: a number that is not below low',
    ],
    [
      { init: { c: { kind: 'normal', std: -1 } } },
      'init.c.std: received -1; allowed: a number >= 0',
    ],
    [{ clt: { widths: [] } }, 'clt.widths: received []; allowed: a list with length >= 1'],
    [
      { clt: { widths: [4, 4] } },
      'clt.widths: received [4,4]; allowed: widths that are all different',
    ],
    [{ clt: { replicas: 1 } }, 'clt.replicas: received 1; allowed: a number >= 5'],
    [
      { clt: { widths: [8, 16], replicas: [20, 4] } },
      'clt.replicas.1: received 4; allowed: a number >= 5',
    ],
    [
      { clt: { widths: [8, 16], replicas: [20, 10, 5] } },
      'clt.replicas: received [20,10,5]; allowed: a number, or a list as long as clt.widths',
    ],
    [
      { problem: { kind: 'file', path: '' } },
      'problem.path: received ""; allowed: a string with length >= 1',
    ],
  ])('%j is named with what is allowed', (raw, text) => {
    const message = messageOf(raw);
    const [received, allowed] = text.split('; allowed: ');
    expect(message).toContain(`run.json: ${received}`);
    if (allowed !== undefined) expect(message.split('; allowed: ')[1]).toContain(allowed);
  });

  it.each([
    [{ network: 3 }, 'network: received 3; allowed: an object'],
    [[], 'top level: received []; allowed: an object'],
    ['x', 'top level: received "x"; allowed: an object'],
    [null, 'top level: received null; allowed: an object'],
  ])('%j is no object', (raw, text) => {
    expect(messageOf(raw)).toContain(text);
  });
});

describe('a union of kinds', () => {
  it.each([
    [
      { problem: { kind: 'mnist' } },
      'problem.kind: received "mnist"; allowed: "file", "teacher-student", "function"',
    ],
    [
      { init: { kind: 'zeros' } },
      'init.kind: received "zeros"; allowed: "random", "canonical", "fan-in", "file"',
    ],
    [
      { init: { a: { kind: 'cauchy' } } },
      'init.a.kind: received "cauchy"; allowed: "normal", "uniform", "sign", "constant", "sphere"',
    ],
    [
      { problem: { inputs: { kind: 'cube' } } },
      'problem.inputs.kind: received "cube"; allowed: "sphere", "ball", "gaussian"',
    ],
    [{ init: 'random' }, 'init'],
  ])('%j lists the kinds', (raw, text) => {
    expect(messageOf(raw)).toContain(`run.json: ${text}`);
  });

  it('offers the sphere to vectors alone', () => {
    const message = messageOf({ init: { b: { kind: 'sphere' } } });
    expect(message).toContain('init.b.kind: received "sphere"; allowed: "normal"');
    expect(message.split('allowed')[1]).not.toContain('sphere');
  });

  it.each([
    [{ clt: { times: [0, -1] } }, 'clt.times.1: received -1; allowed: a number >= 0'],
    [
      { clt: { times: { spacing: 'cubic', count: 3 } } },
      'clt.times.spacing: received "cubic"; allowed: "log", "linear"',
    ],
    [{ clt: { times: 'all' } }, 'clt.times: received "all"; allowed: a list, or an object'],
  ])('without kinds takes the branch that got furthest: %j', (raw, text) => {
    expect(messageOf(raw)).toContain(text);
  });
});

describe('keys that depend on each other', () => {
  it.each([
    [
      { init: { sampling: 'antithetic' }, network: { width: 7 } },
      'network.width: received 7; allowed: an even number',
    ],
    [
      { flow: { penalty: { strength: 1 } } },
      'flow.penalty.strength: received 1; allowed: 0 with flow.penalty.kind "none"',
    ],
    [
      { problem: { kind: 'points', x: [1, 2], y: [1] } },
      'problem.y: received "1 numbers"; allowed: 2 numbers',
    ],
    [
      { problem: { kind: 'points', x: [1, 2], y: [1, 2], weight: [1] } },
      'problem.weight: received',
    ],
    [{ problem: { kind: 'points', x: [[1, 2], [3]], y: [1, 2] } }, 'problem.x.1'],
    [
      { problem: { kind: 'points', x: [1, 2], y: [1, 2], test: { x: [[1, 2]], y: [1] } } },
      'problem.test.x.0: received "2 numbers"; allowed: 1 numbers',
    ],
    [
      { problem: { kind: 'points', x: [1], y: [1], test: { x: [1, 2], y: [1] } } },
      'problem.test.y: received "1 numbers"; allowed: 2 numbers',
    ],
  ])('%j is refused', (raw, text) => {
    expect(messageOf(raw)).toContain(text);
  });
});

describe('the JSON Schema', () => {
  const schema = configJsonSchema() as {
    properties: Record<string, { properties: Record<string, { enum?: string[] }> }>;
  };

  it('lists the enumerations of the schema and asks for nothing', () => {
    expect(schema.properties['network'].properties['activation'].enum).toEqual([...ACTIVATIONS]);
    expect(JSON.stringify(schema)).toContain(JSON.stringify([...PENALTIES]));
    expect(schema).not.toHaveProperty('required');
  });
});
