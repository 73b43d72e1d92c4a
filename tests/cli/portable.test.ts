// The portable folder: what is in it, that it runs with an empty environment, and that it finds a driver.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { softwareAdapterEnvironment } from '../../src/gpu/software.ts';
import { ROOT } from './command.ts';

const isSupported = process.platform === 'linux' && process.arch === 'x64';
let parent: string;
let folder: string;

/** Starts a script of the folder as a machine without any program and any variable would. */
function start(
  script: string,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const env = { HOME: parent, PATH: '/nonexistent' };
  return spawnSync(join(folder, script), args, { cwd: parent, env, encoding: 'utf8' });
}

/** A copy of run.sh that takes the software adapter for a GPU, whose card and driver lie in `machine`. */
function scriptFor(machine: string): string {
  const replace: [string, string][] = [
    ['/proc/driver/nvidia/version', join(machine, 'version')],
    ['/usr/local/nvidia', machine],
    ['"software":false', '"software":true'],
  ];
  let text = readFileSync(join(folder, 'run.sh'), 'utf8');
  for (const [from, to] of replace) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  writeFileSync(join(folder, 'run-test.sh'), text, { mode: 0o755 });
  return 'run-test.sh';
}

/** The library of the software adapter, unpacked. */
async function softwareLibrary(): Promise<string> {
  const driver = (await softwareAdapterEnvironment())['VK_DRIVER_FILES'] ?? '';
  return join(dirname(driver), 'libvk_swiftshader.so');
}

const countAdapters = (stdout: string): number => stdout.match(/^SwiftShader/gm)?.length ?? 0;

describe.runIf(isSupported)('the portable folder', () => {
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), 'meanfield-portable-'));
    folder = join(parent, 'a folder');
    const script = join(ROOT, 'scripts/portable.js');
    const args = [script, '--folder', folder, '--no-archive'];
    const made = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(made.stderr).toBe('');
  });
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('holds what running needs, and nothing of development', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.filter((path) => /\.(d\.[cm]?ts|ts|map|tsbuildinfo)$/.test(path))).toEqual([]);
    expect(files.filter((path) => path.endsWith('dawn.node'))).toEqual([
      'app/node_modules/webgpu/dist/linux-x64/dawn.node',
    ]);
    const { devDependencies } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const development = Object.keys(devDependencies ?? {}).filter(
      (name) => name !== '@sparticuz/chromium',
    );
    for (const name of development) expect(files).not.toContain(`app/node_modules/${name}`);
    expect(readdirSync(join(folder, 'licenses')).sort()).toEqual([
      'gcc.txt',
      'node.txt',
      'swiftshader-and-vulkan-loader.txt',
    ]);
    expect(readFileSync(join(folder, 'README.txt'), 'utf8')).toMatch(/glibc 2\.\d\d or newer/);
    expect(statSync(join(folder, 'run.sh')).mode & 0o111).toBe(0o111);
  });

  it('lists adapters and trains with an empty environment', () => {
    const devices = start('run.sh', ['devices']);
    expect(devices.status, devices.stderr).toBe(0);
    expect(devices.stdout).toContain('SwiftShader');
    const tiny = ['train', '--set', 'network.width=8', '--set', 'flow.steps=1'];
    const trained = start('run.sh', [...tiny, '--adapter', 'software', '--out', 'out']);
    expect(trained.status, trained.stderr).toBe(0);
    expect(readdirSync(join(parent, 'out'))).toContain('manifest.json');
  });

  it('finds a driver library in a usual folder', async () => {
    const machine = join(parent, 'machine');
    mkdirSync(join(machine, 'lib64'), { recursive: true });
    writeFileSync(join(machine, 'version'), '');
    const library = join(machine, 'lib64/libEGL_nvidia.so.0');
    copyFileSync(await softwareLibrary(), library);
    chmodSync(library, 0o755);
    const { stdout, stderr } = start(scriptFor(machine), ['devices']);
    expect(stderr).toBe('');
    // The software adapter of the folder itself, and the one behind the driver that was found.
    expect(countAdapters(stdout)).toBe(2);
  });

  it('finds a driver by its description in a usual folder', async () => {
    const machine = join(parent, 'described');
    const descriptions = join(machine, 'share/vulkan/icd.d');
    mkdirSync(descriptions, { recursive: true });
    writeFileSync(join(machine, 'version'), '');
    const driver = {
      file_format_version: '1.0.0',
      ICD: { library_path: await softwareLibrary(), api_version: '1.3.0' },
    };
    writeFileSync(join(descriptions, 'nvidia_icd.json'), JSON.stringify(driver));
    const { stdout, stderr } = start(scriptFor(machine), ['devices']);
    expect(stderr).toBe('');
    expect(countAdapters(stdout)).toBe(2);
  });

  it('says where to read on if there is a card without a driver', () => {
    const machine = join(parent, 'without');
    mkdirSync(machine);
    writeFileSync(join(machine, 'version'), '');
    const { stdout, stderr } = start(scriptFor(machine), ['devices']);
    expect(stderr).toMatch(/^run\.sh: .*no Vulkan driver.*README\.txt.*\n$/);
    expect(countAdapters(stdout)).toBe(1);
  });
});
