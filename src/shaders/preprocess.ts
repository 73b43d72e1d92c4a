// The one door to wgsl-preprocessor: the `wgsl` tag with its traps closed.
import { wgsl as preprocess } from 'wgsl-preprocessor/wgsl-preprocessor.js';

/**
 * Template tag for WGSL. `#if ${condition}` … `#elif ${condition}` … `#else` … `#endif` choose whole blocks;
 * other values are inserted: text as it is, whole numbers as they are.
 *
 * @throws Error on a directive the preprocessor would pass over silently, or on a fraction
 *   (floats belong in uniforms or overrides)
 */
export function wgsl(
  strings: TemplateStringsArray,
  ...values: (string | number | boolean)[]
): string {
  strings.forEach((text, i) => {
    const directive = /#\w*\s*$/.exec(text)?.[0].trim();
    const value = values[i];
    const condition = directive === '#if' || directive === '#elif';
    if (typeof value === 'boolean' && !condition)
      throw new Error('a boolean in WGSL stands outside #if and #elif');
    if (typeof value === 'number' && !condition && !Number.isInteger(value)) {
      throw new Error(`the fraction ${value} in WGSL text; use a uniform or an override`);
    }
  });
  const text = preprocess(strings, ...values);
  const leftover = /#\w+/.exec(text);
  if (leftover !== null) throw new Error(`directive ${leftover[0]} was not processed`);
  return text;
}
