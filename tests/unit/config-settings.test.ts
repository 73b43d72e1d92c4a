// Settings of the command line, `--set path=value`, and the nearest name in messages.
import { describe, expect, it } from 'vitest';
import { applySetting, nearestName } from '../../src/config-check.ts';

describe('applySetting', () => {
  it('sets deep paths, reads JSON where it is JSON, and text otherwise', () => {
    const raw: Record<string, unknown> = { flow: { dt: 1 } };
    for (const setting of [
      'flow.steps=3',
      'network.activation=tanh',
      'flow.train=["a"]',
      'init.a.kind=sphere',
      'x=a=b',
    ]) {
      applySetting(raw, setting);
    }
    expect(raw).toEqual({
      flow: { dt: 1, steps: 3, train: ['a'] },
      network: { activation: 'tanh' },
      init: { a: { kind: 'sphere' } },
      x: 'a=b',
    });
  });

  it.each(['flow.dt', '=1', 'flow..dt=1', '__proto__.x=1', '.dt=1'])('refuses %s', (setting) => {
    expect(() => applySetting({}, setting)).toThrow('allowed: path.to.key=value');
  });

  it('does not pass through a value that has no keys', () => {
    expect(() => applySetting({ seed: 3 }, 'seed.low=1')).toThrow(
      '"seed" is 3, which has no keys below it',
    );
  });
});

describe('nearestName', () => {
  it('finds near names in any case, and none where all are far', () => {
    expect(nearestName('WIDHT', ['width', 'height'])).toBe('width');
    expect(nearestName('completely', ['width', 'height'])).toBeUndefined();
    expect(nearestName('a', [])).toBeUndefined();
  });
});
