// Opens a WebGPU device in the browser or in Node and watches it: loss, out of memory and validation errors
// become one error that stops the run. Knows nothing of particles.
import { GpuLostError, GpuUnavailableError, SOFTWARE_ADAPTER_COMMAND } from './errors.ts';
import { selfTest } from './self-test.ts';

export { GpuLostError, GpuUnavailableError } from './errors.ts';

/** What is known of an adapter, as plain data for manifests and messages. */
export interface AdapterSummary {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly backend: string;
  /** true for a software adapter, which computes on the processor */
  readonly software: boolean;
  readonly features: string[];
  readonly limits: Record<string, number>;
}

/** An opened device. One simulation or many may share it. */
export interface Device {
  readonly gpu: GPUDevice;
  readonly adapterName: string;
  readonly info: AdapterSummary;
  readonly software: boolean;
  /** resolution of timestamp queries is raw nanoseconds rather than rounded */
  readonly profile: boolean;
  /** Throws the error that stopped the device, if one did. */
  check(): void;
  /** Resolves when everything submitted so far is done; rejects with {@link GpuLostError} if the device failed. */
  finish(): Promise<void>;
  destroy(): Promise<void>;
}

/** Options of {@link openDevice}. */
export interface DeviceOptions {
  /** part of an adapter's name, or "software" for the software adapter; default: the best there is */
  readonly adapter?: string;
  /** raw nanosecond timestamps where the runtime allows it (Node) */
  readonly profile?: boolean;
}

/** Features used where the adapter has them. */
const WANTED_FEATURES: GPUFeatureName[] = ['timestamp-query', 'subgroups'];

/** Limits raised to what the adapter has; the rest stay at the WebGPU defaults. */
const RAISED_LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBuffersPerShaderStage',
] as const;

/**
 * Opens the best adapter, or the one named, with its limits raised, and runs a known-answer self-test on it.
 *
 * @throws GpuUnavailableError when there is no such adapter or the self-test fails; the message says what to do
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const entry = await gpuEntry(options);
  const adapter = await entry.gpu
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch(() => null);
  if (adapter === null) {
    entry.release();
    throw new GpuUnavailableError(unavailableMessage(options));
  }
  const info = summarise(adapter, entry.name);
  if (options.adapter === 'software' && !info.software) {
    entry.release();
    throw new GpuUnavailableError(
      `the software adapter is not active in this process; found ${info.name}. Start with: meanfield … --adapter software`,
    );
  }
  const gpu = await adapter.requestDevice({
    label: 'meanfield',
    requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  const device = watch(gpu, info, options.profile === true, entry.release);
  const failure = await selfTest(gpu);
  if (failure !== null) {
    await device.destroy();
    throw new GpuUnavailableError(
      `adapter ${info.name} failed its self-test (${failure}); choose another with --adapter`,
    );
  }
  return device;
}

/** The adapters that this runtime offers. */
export async function listAdapters(): Promise<AdapterSummary[]> {
  if (!inNode()) {
    const adapter = await navigator.gpu?.requestAdapter();
    return adapter === null || adapter === undefined ? [] : [summarise(adapter)];
  }
  const { adapterNames, createGpu } = await import('./node.ts');
  const summaries: AdapterSummary[] = [];
  for (const name of await adapterNames()) {
    const entry = await createGpu({ adapter: name, profile: false });
    const adapter = await entry.gpu.requestAdapter();
    if (adapter !== null) summaries.push(summarise(adapter, name));
    entry.release();
  }
  return summaries;
}

interface GpuEntry {
  gpu: GPU;
  /** the adapter's full name, where the runtime tells it */
  name?: string | undefined;
  release: () => void;
}

async function gpuEntry(options: DeviceOptions): Promise<GpuEntry> {
  if (!inNode()) {
    if (navigator.gpu === undefined) throw new GpuUnavailableError(unavailableMessage(options));
    return { gpu: navigator.gpu, release: () => undefined };
  }
  const { adapterNames, createGpu } = await import('./node.ts');
  const wanted = options.adapter;
  const names = await adapterNames();
  if (wanted === undefined || wanted === 'software') {
    const entry = await createGpu({ profile: options.profile === true });
    // With several adapters the runtime chooses, and only its own short name is known.
    return { ...entry, name: names.length === 1 ? names[0] : undefined };
  }
  const match = names.find((name) => name.toLowerCase().includes(wanted.toLowerCase()));
  if (match === undefined) {
    const known = names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
    throw new GpuUnavailableError(`no adapter has "${wanted}" in its name; available: ${known}`);
  }
  const entry = await createGpu({ adapter: match, profile: options.profile === true });
  return { ...entry, name: match };
}

function inNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}

function unavailableMessage(options: DeviceOptions): string {
  if (!inNode())
    return 'this browser offers no WebGPU adapter; use a recent Chrome, Edge, Firefox or Safari';
  const what = options.adapter === 'software' ? 'no software adapter found' : 'no GPU found';
  return `${what}; to compute on the processor: ${SOFTWARE_ADAPTER_COMMAND}, then start with node --import meanfield/software`;
}

function summarise(adapter: GPUAdapter, fullName?: string): AdapterSummary {
  const { vendor, architecture, device, description } = adapter.info;
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value = (adapter.limits as unknown as Record<string, unknown>)[name];
    if (typeof value === 'number') limits[name] = value;
  }
  const software =
    adapter.info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe/i.test(`${architecture} ${device} ${description}`);
  return {
    name:
      fullName || device || description || `${vendor} ${architecture}`.trim() || 'unnamed adapter',
    vendor,
    architecture,
    device,
    description,
    backend: inNode() ? 'dawn' : 'browser',
    software,
    features: [...adapter.features].sort(),
    limits,
  };
}

function watch(
  gpu: GPUDevice,
  info: AdapterSummary,
  profile: boolean,
  release: () => void,
): Device {
  let failure: GpuLostError | null = null;
  let destroyed = false;
  void gpu.lost.then((lost) => {
    if (!destroyed)
      failure ??= new GpuLostError(
        `the device was lost (${lost.message || lost.reason}); start the run again, smaller if it ran out of memory`,
      );
  });
  gpu.addEventListener('uncapturederror', (event) => {
    failure ??= new GpuLostError(
      `the device reported an error: ${event.error.message.split('\n')[0]}`,
    );
  });
  const check = (): void => {
    if (failure !== null) throw failure;
  };
  return {
    gpu,
    adapterName: info.name,
    info,
    software: info.software,
    profile,
    check,
    finish: async () => {
      await gpu.queue.onSubmittedWorkDone().catch(() => undefined);
      check();
    },
    destroy: async () => {
      destroyed = true;
      gpu.destroy();
      await gpu.lost;
      release();
    },
  };
}
