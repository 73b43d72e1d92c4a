// Numbers as people read them in figures and reports; files for machines format their own.

/** A number for people: at most `digits` significant digits, powers of ten past five places, a true minus sign. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value < 0 ? '−∞' : '∞';
  if (value === 0) return '0';
  const [mantissa, power] = value.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent > 5) {
    const head = String(Number(mantissa)).replace('-', '−');
    const scale = `10${toSuperscript(exponent)}`;
    return head === '1' ? scale : head === '−1' ? `−${scale}` : `${head}·${scale}`;
  }
  const places = Math.max(0, digits - 1 - exponent);
  return String(Number(value.toFixed(places))).replace('-', '−');
}

/**
 * An estimate and the ends of its interval with equally many decimals: as many as give half the width of the
 * interval two significant digits.
 *
 * @returns texts of the estimate and of the two ends
 */
export function formatEstimate(
  estimate: number,
  [low, high]: readonly number[],
): [string, string, string] {
  const half = (high - low) / 2;
  const values = [estimate, low, high] as const;
  const largest = Math.max(...values.map(Math.abs));
  const places = 1 - Math.floor(Math.log10(half) + 1e-9);
  if (!(half > 0) || !Number.isFinite(half) || largest >= 1e6 || places > 6) {
    return [formatNumber(estimate), formatNumber(low), formatNumber(high)];
  }
  const write = (value: number): string => value.toFixed(Math.max(0, places)).replace('-', '−');
  return [write(estimate), write(low), write(high)];
}

/** An estimate with its 95 % interval, in words. */
export function describeEstimate(value: { estimate: number; ci: readonly number[] }): string {
  const [estimate, low, high] = formatEstimate(value.estimate, value.ci);
  return `${estimate}, 95 % interval [${low}, ${high}]`;
}

/** A whole number as a superscript. */
export function toSuperscript(exponent: number): string {
  return [...String(exponent)].map((sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)]).join('');
}
