// Which adapter a command runs on: the hardware one, the one named, or a new process with the
// software adapter.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  GpuUnavailableError,
  openDevice,
  type AdapterSummary,
  type Device,
} from '../gpu/device.ts';
import { SOFTWARE_ADAPTER_COMMAND } from '../gpu/errors.ts';
import {
  hasSoftwareAdapter,
  isSoftwareProcess,
  restartWithSoftwareAdapter,
  softwareAdapterEnvironment,
} from '../gpu/software.ts';

/**
 * Where a command must run: in this process, or in a new one with the software adapter, that is
 * with `--adapter software`, with a name that fits that adapter alone, or where there is no GPU.
 *
 * @param wanted part of a name, or "software"; undefined = the best there is
 * @throws GpuUnavailableError with the adapters there are, or the command that adds one
 */
export async function chooseProcess(wanted: string | undefined): Promise<'here' | 'software'> {
  if (isSoftwareProcess()) return 'here';
  if (wanted === 'software') return 'software';
  const hardware = await adaptersHere();
  if (hardware.some((adapter) => fits(adapter, wanted))) return 'here';
  const software = await softwareAdapters();
  if (software.some((adapter) => fits(adapter, wanted))) return 'software';
  throw new GpuUnavailableError(
    wanted === undefined
      ? `no GPU found; to compute on the processor: ${SOFTWARE_ADAPTER_COMMAND}`
      : `--adapter: received "${wanted}"; available: ${names([...hardware, ...software])}`,
  );
}

/** Opens the device of a command in this process. */
export function openAdapter(wanted: string | undefined): Promise<Device> {
  return openDevice(wanted === undefined ? {} : { adapter: wanted });
}

/** Does the whole command in a process with the software adapter. @returns its exit code */
export async function restart(): Promise<number> {
  try {
    return await restartWithSoftwareAdapter();
  } catch (error) {
    throw new GpuUnavailableError((error as Error).message);
  }
}

/** The adapters of this process and, where it is installed, the software adapter. */
export async function allAdapters(): Promise<AdapterSummary[]> {
  if (isSoftwareProcess()) return adaptersHere();
  return [...(await adaptersHere()), ...(await softwareAdapters())];
}

/** For example "SwiftShader Device (Subzero) (software)". */
export function describeAdapter(adapter: AdapterSummary): string {
  return adapter.software ? `${adapter.name} (software)` : adapter.name;
}

function fits(adapter: AdapterSummary, wanted: string | undefined): boolean {
  return wanted === undefined || adapter.name.toLowerCase().includes(wanted.toLowerCase());
}

function names(adapters: readonly AdapterSummary[]): string {
  if (adapters.length === 0)
    return `none; to compute on the processor: ${SOFTWARE_ADAPTER_COMMAND}`;
  return adapters.map((adapter) => `"${adapter.name}"`).join(', ');
}

function adaptersHere(): Promise<AdapterSummary[]> {
  return probe(process.env);
}

async function softwareAdapters(): Promise<AdapterSummary[]> {
  if (!hasSoftwareAdapter()) return [];
  return probe({ ...process.env, ...(await softwareAdapterEnvironment()) });
}

/** Lists the adapters in a child process (about 0.1 s) whose stderr is dropped. */
async function probe(env: NodeJS.ProcessEnv): Promise<AdapterSummary[]> {
  const program = fileURLToPath(new URL('./probe.js', import.meta.url));
  const text = await new Promise<string>((resolve) => {
    // A driver that crashes the child offers no adapter.
    execFile(process.execPath, [program], { env }, (_error, stdout) => resolve(stdout));
  });
  const answer = JSON.parse(text || '{"adapters":[]}') as Answer;
  if (answer.error !== undefined) throw new GpuUnavailableError(answer.error);
  return answer.adapters ?? [];
}

interface Answer {
  adapters?: AdapterSummary[];
  error?: string;
}
