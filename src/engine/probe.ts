// A probe: a small result of the device as data. The passes that make it, the buffers that hold it, and what the host
// does with their bytes, so that many results fit one submit and one read-back.
import { roomOf, type BufferPart, type ReadBack } from '../gpu/buffer.ts';
import { encodePasses, type Pass } from '../gpu/pass.ts';

/** A result T of the present state. */
export interface Probe<T> {
  /** passes that make it, in order */
  readonly passes: readonly Pass[];
  /** where they leave it */
  readonly parts: readonly BufferPart[];
  /**
   * The result from the bytes of the parts, in their order.
   *
   * @param step the step that the bytes belong to, for messages
   * @throws NumericError when a value is not finite
   */
  finish(bytes: readonly ArrayBuffer[], step: number): T;
}

/** Runs one probe and reads its result: one submit, one wait. */
export async function readProbe<T>(readBack: ReadBack, probe: Probe<T>, step = 0): Promise<T> {
  const bytes = await readBack.submit(roomOf(probe.parts), (encoder, keep) => {
    encodePasses(encoder, probe.passes);
    probe.parts.forEach(keep);
  });
  return probe.finish(bytes, step);
}

/** Several probes as one, whose results stand in a list. */
export function joinProbes(probes: readonly Probe<unknown>[]): Probe<unknown[]> {
  return {
    passes: probes.flatMap(({ passes }) => passes),
    parts: probes.flatMap(({ parts }) => parts),
    finish: (bytes, step) => {
      let first = 0;
      return probes.map((probe) => {
        const own = bytes.slice(first, (first += probe.parts.length));
        return probe.finish(own, step);
      });
    },
  };
}
