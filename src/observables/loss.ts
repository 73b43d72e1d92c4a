// The loss of every replica from its residual, in float64: the host twin of the reduction on the device.

/**
 * Loss ½ Σ_j ν_j ρ_j² of every replica, without penalty.
 *
 * @param residual ρ = f − y, [R][s]
 * @param weight loss weights ν, [s]
 * @returns [R]
 */
export function loss(residual: ArrayLike<number>, weight: ArrayLike<number>): Float64Array {
  const samples = weight.length;
  const losses = new Float64Array(residual.length / samples);
  for (let r = 0; r < losses.length; r++) {
    let sum = 0;
    for (let j = 0; j < samples; j++) sum += weight[j] * residual[r * samples + j] ** 2;
    losses[r] = 0.5 * sum;
  }
  return losses;
}
