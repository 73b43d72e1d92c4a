// The layout of the particle buffer, recorded here alone: [R][k][m4] of vec4f, four neighbouring particles
// in one vec4, rows a_0 … a_{d-1}, b, c. Particles that pad the last vec4 stay at zero.

/** Index helpers for `particle` and buffers of its shape. */
export const PARTICLE = /* wgsl */ `
fn row_at(replica: u32, row: u32) -> u32 { return (replica * params.k + row) * params.m4; }

// 1 for particles, 0 for the padding of the last group.
fn inside(i4: u32) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), vec4u(4u * i4) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.m));
}
`;

/** Where the same buffer, seen as numbers [R][k][4·m4], holds parameter `row` of particle i of the first replica. */
export const PARTICLE_NUMBER = /* wgsl */ `
fn number_at(row: u32, m4: u32, i: u32) -> u32 { return 4u * row * m4 + i; }
`;
