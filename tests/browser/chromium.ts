// The browser of the tests: Chromium with its software adapter, unpacked from the npm package into a cache folder.
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { parseTar } from 'nanotar';
import { chromium, type Browser } from 'playwright-core';

/** Compute and canvas on the software adapter, without a window. */
const FLAGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--ignore-gpu-blocklist',
  '--enable-gpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-webgpu-adapter=swiftshader',
];

/**
 * Starts the browser.
 *
 * @param webgpu false: a browser without WebGPU
 */
export async function launchBrowser({ webgpu = true } = {}): Promise<Browser> {
  const folder = await unpackOnce();
  const libraries = [folder, join(folder, 'lib'), process.env['LD_LIBRARY_PATH']];
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: webgpu ? FLAGS : ['--no-sandbox', '--disable-features=WebGPU', '--disable-gpu'],
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: libraries.filter((path) => path !== undefined).join(':'),
      VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'),
    },
  });
}

/** The folder with the browser and its libraries; a rename makes it appear whole or not at all. */
async function unpackOnce(): Promise<string> {
  const packed = join(
    dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../../bin',
  );
  const { version } = JSON.parse(await readFile(join(packed, '../package.json'), 'utf8')) as {
    version: string;
  };
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'meanfield');
  const target = join(cache, `chromium-${version}`);
  if (existsSync(target)) return target;
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(`${target}-`);
  await mkdir(join(temporary, 'lib'));
  const unpack = promisify(brotliDecompress);
  await writeFile(
    join(temporary, 'chromium'),
    await unpack(await readFile(join(packed, 'chromium.br'))),
  );
  await chmod(join(temporary, 'chromium'), 0o755);
  for (const [archive, folder] of [
    ['swiftshader', '.'],
    ['al2023', 'lib'],
  ] as const) {
    const tar = parseTar(await unpack(await readFile(join(packed, `${archive}.tar.br`))));
    for (const { name, data } of tar) {
      if (data === undefined || name.endsWith('/')) continue;
      await writeFile(join(temporary, folder, name.split('/').at(-1) as string), data, {
        mode: 0o755,
      });
    }
  }
  // Another process may have been faster.
  await rename(temporary, target).catch(() => rm(temporary, { recursive: true, force: true }));
  return target;
}
