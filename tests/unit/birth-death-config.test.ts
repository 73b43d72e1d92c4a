// The configuration of birth–death: its defaults, and no key that a scheme would pass over in silence.
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config-check.ts';

const birthDeathOf = (birthDeath: object) => parseConfig({ flow: { birthDeath } }).flow.birthDeath;

describe('flow.birthDeath', () => {
  it('is off by default', () => {
    expect(birthDeathOf({})).toEqual({
      rate: 0,
      scheme: 'weights',
      threshold: 0.5,
      centred: true,
      law: 'exponential',
      clones: true,
      reinject: null,
      jitter: 0,
      quench: null,
    });
  });

  it('fills in the laws of new particles', () => {
    const normal = { kind: 'normal', mean: 0, std: 1 };
    expect(birthDeathOf({ scheme: 'jump', reinject: { b: { std: 2 } } }).reinject).toEqual({
      a: normal,
      b: { ...normal, std: 2 },
    });
  });

  it.each([
    [{ rate: -1 }, 'flow.birthDeath.rate'],
    [{ scheme: 'clone' }, '"weights", "jump", "published"'],
    [{ threshold: 1.5 }, 'flow.birthDeath.threshold'],
    [{ centred: false }, 'flow.birthDeath.centred'],
    [{ law: 'linear' }, 'flow.birthDeath.law'],
    [{ reinject: {} }, 'flow.birthDeath.reinject'],
    [{ scheme: 'jump', threshold: 0.25 }, 'flow.birthDeath.threshold'],
    [{ scheme: 'jump', clones: false }, 'flow.birthDeath.clones'],
    [{ scheme: 'jump', reinject: { a: { kind: 'sphere' } } }, 'flow.birthDeath.reinject.a.kind'],
    [{ scheme: 'jump', jiter: 1 }, 'did you mean "jitter"'],
  ])('refuses %j in one line', (birthDeath, words) => {
    expect(() => birthDeathOf(birthDeath)).toThrow(ConfigError);
    expect(() => birthDeathOf(birthDeath)).toThrow(words);
  });

  it('refuses an integrator of second order', () => {
    const flow = { integrator: 'heun' as const, birthDeath: { rate: 1 } };
    expect(() => parseConfig({ flow })).toThrow('flow.integrator: received "heun"');
  });
});
