// What a variant of a dense kernel is: a shader text beside the engine's own, with the grid it needs.
import { activationOf } from '../../src/problem/activation.ts';
import type { DenseVariant } from '../../src/shaders/forward.wgsl.ts';

/** One variant at one dimension. */
export interface Variant {
  readonly name: string;
  readonly code: string;
  readonly entry: string;
  /** samples (forward) or particles (velocity) of one invocation */
  readonly items: number;
  /** invocations per workgroup */
  readonly workgroup: number;
  /** true where the workgroup is an override of the shader */
  readonly overridden: boolean;
}

/** A relu network as a software adapter gets it: max written as a comparison and a mask. */
export function masked(dimension: number): DenseVariant {
  const { wgsl, softwareWgsl = wgsl } = activationOf('relu');
  return { dimension, activation: softwareWgsl, weighted: false, relu: true };
}

/** The same with max and without what velocity knows of relu. */
export function plain(dimension: number): DenseVariant {
  return { dimension, activation: activationOf('relu').wgsl, weighted: false };
}
