// The software adapter: unpacked once and whole, by several processes at a time, and reached by a restart.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listing, makeFolder, run } from './command.ts';

const isSupported = process.platform === 'linux' && process.arch === 'x64';
const TINY = ['train', '--set', 'network.width=8', '--set', 'flow.steps=1', '--out', 'out'];

/** An environment as a user has it: not yet in a software process, with a cache folder of its own. */
function freshEnv(cache: string): NodeJS.ProcessEnv {
  const none = {
    LD_LIBRARY_PATH: undefined,
    VK_DRIVER_FILES: undefined,
    MEANFIELD_SOFTWARE: undefined,
  };
  return { ...process.env, ...none, XDG_CACHE_HOME: cache };
}

describe.runIf(isSupported)('the software adapter', () => {
  it('is unpacked whole by processes that start together, and used', async () => {
    const cache = makeFolder();
    const folders = [makeFolder(), makeFolder(), makeFolder()];
    const args = [...TINY, '--adapter', 'software'];
    const ends = await Promise.all(folders.map((f) => run(f, args, { env: freshEnv(cache) })));
    for (const ended of ends) {
      expect(ended.stderr).toMatch(/^adapter: .*SwiftShader.* \(software\)\n/);
      expect(ended.code).toBe(0);
    }
    expect(readdirSync(join(cache, 'meanfield'))).toEqual(['software-adapter-147.0.0']);
    expect(readdirSync(join(cache, 'meanfield/software-adapter-147.0.0')).sort()).toEqual([
      'libvk_swiftshader.so',
      'libvulkan.so.1',
      'vk_swiftshader_icd.json',
    ]);
  });

  it('is found by part of its name', async () => {
    const folder = makeFolder();
    const env = freshEnv(makeFolder());
    const ended = await run(folder, [...TINY, '--adapter', 'swiftsh'], { env });
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toMatch(/SwiftShader/);
  });

  it('goes to the temporary folder where the cache cannot be written, and says so', async () => {
    const folder = makeFolder();
    const temporary = makeFolder();
    const file = join(makeFolder(), 'file');
    writeFileSync(file, '');
    const env = { ...freshEnv(file), TMPDIR: temporary };
    const ended = await run(folder, [...TINY, '--adapter', 'software'], { env });
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(
      /^cache folder not usable \(.*\); software adapter in .*\nadapter: /,
    );
    expect(listing(temporary).some((name) => name.endsWith('libvulkan.so.1'))).toBe(true);
  });

  it('passes the exit code of the run on', async () => {
    const folder = makeFolder();
    const args = ['train', '--set', 'network.width=2000000000', '--adapter', 'software'];
    const ended = await run(folder, args, { env: freshEnv(makeFolder()) });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/network\.width: received 2000000000/);
    expect(listing(folder)).toEqual([]);
  });

  it('passes SIGTERM on, so that the checkpoint is written', async () => {
    const folder = makeFolder();
    const args = [
      'train',
      '--set',
      'flow.steps=100000000',
      '--adapter',
      'software',
      '--out',
      'out',
    ];
    const ended = await run(folder, args, {
      env: freshEnv(makeFolder()),
      onStart: (child) => {
        child.stderr?.once('data', () => setTimeout(() => child.kill('SIGTERM'), 300));
      },
    });
    expect(ended.code).toBe(75);
    expect(listing(join(folder, 'out'))).toContain('particles.npz');
  });
});
