// `meanfield devices`: what this machine can compute on.
import type { AdapterSummary } from '../../gpu/device.ts';
import { SOFTWARE_ADAPTER_COMMAND } from '../../gpu/errors.ts';
import { allAdapters, describeAdapter } from '../adapter.ts';
import { EXIT } from '../errors.ts';
import { print } from '../output.ts';
import { formatBytes } from '../text.ts';
import { GpuUnavailableError } from '../../gpu/device.ts';

/** Lists the adapters and the limits that bound the size of a run; exit code 3 when there is none. */
export async function devices(options: { json?: boolean }): Promise<number> {
  const adapters = await allAdapters();
  if (options.json) print(JSON.stringify({ adapters }, null, 2));
  else for (const adapter of adapters) print(describe(adapter));
  if (adapters.length === 0) {
    throw new GpuUnavailableError(
      `no adapter; to compute on the processor: ${SOFTWARE_ADAPTER_COMMAND}`,
    );
  }
  return EXIT.done;
}

function describe(adapter: AdapterSummary): string {
  const { limits } = adapter;
  return [
    describeAdapter(adapter),
    `  vendor ${adapter.vendor || 'unknown'}, architecture ${adapter.architecture || 'unknown'}`,
    `  largest buffer ${formatBytes(limits['maxBufferSize'])}, bound at once ${formatBytes(limits['maxStorageBufferBindingSize'])}`,
    `  workgroup: ${limits['maxComputeInvocationsPerWorkgroup']} invocations, ${formatBytes(limits['maxComputeWorkgroupStorageSize'])} of memory`,
    `  timestamps ${adapter.features.includes('timestamp-query') ? 'yes' : 'no'}`,
  ].join('\n');
}
