// The `wgsl` tag: blocks are chosen whole, and what the preprocessor would pass over silently is refused.
import { describe, expect, it } from 'vitest';
import { wgsl } from '../../src/shaders/preprocess.ts';
import { unroll, unrollLanes } from '../../src/shaders/unroll.ts';

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

const choose = (kind: string) =>
  lines(wgsl`
    first
#if ${kind === 'a'}
    a
#elif ${kind === 'b'}
    b
#else
    other
#endif
    last`);

describe('the wgsl tag', () => {
  it('keeps the chosen block alone', () => {
    expect(choose('a')).toEqual(['first', 'a', 'last']);
    expect(choose('b')).toEqual(['first', 'b', 'last']);
    expect(choose('c')).toEqual(['first', 'other', 'last']);
  });

  it('drops a block without else', () => {
    const text = (condition: boolean) =>
      lines(wgsl`
#if ${condition}
      inside
#endif
      after`);
    expect(text(true)).toEqual(['inside', 'after']);
    expect(text(false)).toEqual(['after']);
  });

  it('chooses in nested blocks, and an outer choice hides the inner one', () => {
    const text = (outer: boolean, inner: boolean) =>
      lines(wgsl`
#if ${outer}
#if ${inner}
      both
#else
      outer
#endif
#endif
      end`);
    expect(text(true, true)).toEqual(['both', 'end']);
    expect(text(true, false)).toEqual(['outer', 'end']);
    expect(text(false, true)).toEqual(['end']);
  });

  it('inserts text and whole numbers as they are', () => {
    expect(wgsl`let n = ${64}u; ${'let y = 1;'}`).toBe('let n = 64u; let y = 1;');
    expect(wgsl`${0} ${-3}`).toBe('0 -3');
  });

  it('inserts text that a value brings with #-free lines of its own, conditions around it', () => {
    const body = 'let a = 1;\nlet b = 2;';
    expect(
      lines(wgsl`
#if ${true}
      ${body}
#endif`),
    ).toEqual(['let a = 1;', 'let b = 2;']);
  });

  it.each([
    [
      'a misspelt directive',
      () => wgsl`
#elseif ${true}
#endif`,
    ],
    [
      '#ifdef',
      () => wgsl`
#ifdef X
#endif`,
    ],
    ['a directive inside an inserted text', () => wgsl`${'#if 1'}`],
  ])('refuses %s', (_name, text) => {
    expect(text).toThrow();
  });

  it('refuses a boolean outside a condition', () => {
    expect(() => wgsl`let x = ${true};`).toThrow('a boolean in WGSL stands outside #if and #elif');
  });

  it('refuses a fraction, which would be spliced with the digits of the host', () => {
    expect(() => wgsl`let x = ${0.1};`).toThrow('the fraction 0.1');
    expect(() => wgsl`let x = ${NaN};`).toThrow('fraction');
  });

  it.each([
    [
      '#if without #endif',
      () => wgsl`
#if ${true}
      x`,
    ],
    [
      '#endif without #if',
      () => wgsl`
      x
#endif`,
    ],
    [
      '#else without #if',
      () => wgsl`
#else
      x`,
    ],
  ])('refuses %s', (_name, text) => {
    expect(text).toThrow();
  });
});

describe('unroll', () => {
  it('gives one line per index, none for 0', () => {
    expect(unroll(3, (k) => `a${k}`)).toBe('a0\na1\na2');
    expect(unroll(0, (k) => `a${k}`)).toBe('');
  });

  it('names the four lanes in order', () => {
    expect(unrollLanes((lane, q) => `${lane}${q}`)).toBe('x0\ny1\nz2\nw3');
  });
});
