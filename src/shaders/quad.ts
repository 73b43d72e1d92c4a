// Reading groups of four numbers that all invocations need, in one of two ways: as a vec4f at a workgroup-uniform index, or
// one number per invocation, which four neighbouring invocations (a quad) then exchange.
//
// Either way a group `name` arrives as name_0 … name_3. In a quad, invocation l has number l ^ n of the group as name_n.
// Sums over a group as (0 + 1) + (2 + 3) are the same in all four, bit for bit: the two pairs are the same, in any order.
import { LANES, unrollLanes } from './unroll.ts';

/** How a shader reads groups of four. */
export interface FourReader {
  /** what the shader begins with */
  readonly enable: string;
  /** parameters of the entry point */
  readonly parameters: string;
  /** element type of the buffers */
  readonly element: string;
  /** factor of an index in groups, before the place in the group is added */
  readonly per: string;
  /** zero of the element type */
  readonly zero: string;
  /** index of a group, from its index in groups */
  at(group: string): string;
  /** name_0 … name_3 from an element */
  read(name: string, element: string): string;
}

const WHOLE: FourReader = {
  enable: '',
  parameters: '',
  element: 'vec4f',
  per: '',
  zero: 'vec4f(0.0)',
  at: (group) => group,
  read: (name, element) => `let ${name} = ${element};
${unrollLanes((lane, n) => `let ${name}_${n} = ${name}.${lane};`)}`,
};

const QUADS: FourReader = {
  enable: 'enable subgroups;',
  parameters: '@builtin(subgroup_invocation_id) subgroup_lane: u32,',
  element: 'f32',
  per: '4u * ',
  zero: '0.0',
  at: (group) => `4u * ${group} + (subgroup_lane & 3u)`,
  read: (name, element) => `let ${name}_0 = ${element};
let ${name}_1 = quadSwapX(${name}_0);
let ${name}_2 = quadSwapY(${name}_0);
let ${name}_3 = quadSwapDiagonal(${name}_0);`,
};

/** The reader with or without quads. */
export function fourReader(quads: boolean): FourReader {
  return quads ? QUADS : WHOLE;
}

/** The group `name` as a vec4f. */
export function asVector(name: string): string {
  return `vec4f(${LANES.map((_, n) => `${name}_${n}`).join(', ')})`;
}

/** z_n += Σ_u left_u right_u, one multiply-add after another, in scalars: a processor keeps the sum in a register. */
export function chain(z: string, rows: number, product: (u: number) => string): string {
  let sum = z;
  for (let u = 0; u < rows; u++) sum = `fma(${product(u)}, ${sum})`;
  return `${z} = ${sum};`;
}
