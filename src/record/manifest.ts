// manifest.json: what ran, where and with which result files. The only file of a run that holds dates and
// durations, so that equal runs give equal bytes everywhere else.

/** What is kept of the adapter; the shape of the device's own summary. */
export interface AdapterRecord {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly backend: string;
  /** a rasteriser on the CPU */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** A name with its version. */
export interface Versioned {
  readonly name: string;
  readonly version: string;
}

/** The time step of the start, from λ_max of the tangent kernel and the strength of the penalty. */
export interface TimeStepRecord {
  readonly lambdaMax: number;
  /** function-space time */
  readonly dt: number;
}

/** What the caller knows about a run. */
export interface RunRecord {
  /** the resolved configuration: every key present */
  readonly config: Readonly<Record<string, unknown>> & { readonly seed: number };
  readonly package: Versioned;
  /** version by package name */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly runtime: { readonly name: string; readonly version: string; readonly platform: string };
  readonly adapter: AdapterRecord;
  /** what the engine chose for this run */
  readonly kernels: Readonly<Record<string, string | number>>;
  /** with `flow.stableStep` */
  readonly timeStep?: TimeStepRecord;
  /** command line as typed */
  readonly command: string;
  readonly started: Date;
  readonly finished: Date;
  /** seconds by phase, for example { prepare, run, write } */
  readonly phases: Readonly<Record<string, number>>;
  readonly status: 'done' | 'interrupted';
}

/** The content of `manifest.json`. */
export interface Manifest {
  readonly status: 'done' | 'interrupted';
  readonly command: string;
  readonly package: Versioned;
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  /** SHA-256 of the canonical JSON of `config`, hexadecimal */
  readonly configSha256: string;
  readonly adapter: AdapterRecord;
  readonly kernels: Readonly<Record<string, string | number>>;
  /** with `flow.stableStep` */
  readonly timeStep?: TimeStepRecord;
  readonly runtime: { readonly name: string; readonly version: string; readonly platform: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly times: {
    /** ISO 8601, UTC */
    readonly started: string;
    readonly finished: string;
    readonly wallSeconds: number;
    readonly phaseSeconds: Readonly<Record<string, number>>;
  };
  /** every other file of the folder, by name */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** Contents of output files by name. */
export type OutputFiles = ReadonlyMap<string, Uint8Array | string>;

/**
 * Builds the manifest of a run.
 *
 * @param run what ran
 * @param files every other file of the output folder
 */
export async function makeManifest(run: RunRecord, files: OutputFiles): Promise<Manifest> {
  const hashed: Record<string, { bytes: number; sha256: string }> = {};
  for (const name of [...files.keys()].sort()) {
    const bytes = toBytes(files.get(name) ?? '');
    hashed[name] = { bytes: bytes.length, sha256: await hashSha256(bytes) };
  }
  return {
    status: run.status,
    command: run.command,
    package: run.package,
    seed: run.config.seed,
    config: run.config,
    configSha256: await hashSha256(formatCanonicalJson(run.config)),
    adapter: run.adapter,
    kernels: run.kernels,
    ...(run.timeStep !== undefined && { timeStep: run.timeStep }),
    runtime: run.runtime,
    dependencies: run.dependencies,
    times: {
      started: run.started.toISOString(),
      finished: run.finished.toISOString(),
      wallSeconds: (run.finished.getTime() - run.started.getTime()) / 1000,
      phaseSeconds: run.phases,
    },
    files: hashed,
  };
}

/** The text of `manifest.json`. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * JSON with sorted keys and no spaces (RFC 8785), so that equal values give equal text. Keys without a value
 * are left out.
 *
 * @throws Error for a number that JSON cannot hold
 */
export function formatCanonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error(`${value} has no JSON form`);
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(formatCanonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${formatCanonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** SHA-256, hexadecimal; text is hashed as UTF-8. */
export async function hashSha256(content: Uint8Array | string): Promise<string> {
  const bytes = toBytes(content) as Uint8Array<ArrayBuffer>;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function toBytes(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}
