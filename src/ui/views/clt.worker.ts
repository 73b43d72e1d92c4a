// The statistics of the CLT view, beside the page: records in, result out.
import { reduceSweep, type SweepRecords } from '../../experiments/reduction.ts';

addEventListener('message', ({ data }: MessageEvent<SweepRecords>) => {
  try {
    postMessage({ result: reduceSweep(data) });
  } catch (error) {
    postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
});
