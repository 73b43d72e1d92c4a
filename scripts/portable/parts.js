// Lists what goes into the portable folder: target path, content and whether it is a program.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { compareVersions, requirementsOf } from './elf.js';

const SOFTWARE = 'node_modules/@sparticuz/chromium';
const ADDON = 'node_modules/webgpu/dist/linux-x64/dawn.node';
const COMPILER_LIBRARIES = ['libstdc++.so.6', 'libgcc_s.so.1'];
const SYSTEM_LIBRARIES = /^(ld-linux-x86-64|libc|libm|libdl|libpthread|librt)\.so\.\d$/;
const NVIDIA_LIBRARIES = ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];
const NOT_NEEDED = /\.(d\.[cm]?ts|[cm]?ts|map|md|tsbuildinfo|flow)$|(^|\/)\./;
const LICENCE = /^(licen[cs]e|copying|notice)/i;

/**
 * @param {string} root folder of the repository, built and with its dependencies installed
 * @returns {{ path: string, data: Buffer, program?: boolean }[]} sorted by path
 * @throws Error with one line if something is missing or this Node cannot be moved to another machine
 */
export function listParts(root) {
  const node = stripped(process.execPath);
  const addon = stripped(join(root, ADDON));
  const libraries = compilerLibraries(root);
  const needs = checkRequirements(node, addon, libraries);
  const parts = [
    { path: 'bin/node', data: node, program: true },
    { path: `app/${ADDON}`, data: addon },
    { path: 'lib/libvulkan.so.1', data: softwareFile(root, 'libvulkan.so.1') },
    ...libraries.map(({ name, data }) => ({ path: `lib/gcc/${name}`, data })),
    ...NVIDIA_LIBRARIES.map((name) => ({ path: `driver/${name}.json`, data: driver(name) })),
    ...ownFiles(root),
    ...dependencies(root),
    ...softwareAdapter(root),
    ...licences(root, libraries),
    ...['run.sh', 'job.sh'].map((path) => ({
      path,
      data: readFileSync(new URL(path, import.meta.url)),
      program: true,
    })),
    { path: 'README.txt', data: readme(root, needs) },
  ];
  return parts.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The file without its symbol table and debug information, where `strip` is there. */
function stripped(path) {
  const data = readFileSync(path);
  const folder = mkdtempSync(join(tmpdir(), 'meanfield-strip-'));
  const copy = join(folder, basename(path));
  try {
    writeFileSync(copy, data);
    const { status } = spawnSync('strip', [copy], { stdio: 'ignore' });
    return status === 0 ? readFileSync(copy) : data;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The C++ libraries that Node and the addon use on this machine, as a process of them has them. */
function compilerLibraries(root) {
  const program = `require(process.argv[1]); process.stdout.write(require('fs').readFileSync('/proc/self/maps'))`;
  const maps = execFileSync(process.execPath, ['-e', program, join(root, ADDON)], {
    encoding: 'utf8',
  });
  return COMPILER_LIBRARIES.map((name) => {
    const stem = name.slice(0, name.indexOf('.so'));
    const line = maps.split('\n').find((text) => basename(text).startsWith(`${stem}.so`));
    if (line === undefined) throw new Error(`${name} is not used by this Node; cannot bundle it`);
    const path = line.slice(line.indexOf('/'));
    return { name, path, data: readFileSync(path) };
  });
}

/** Checks that nothing but glibc is needed from outside, and returns the versions for README.txt. */
function checkRequirements(node, addon, libraries) {
  const [nodeNeeds, addonNeeds, ...libraryNeeds] = [
    node,
    addon,
    ...libraries.map(({ data }) => data),
  ].map(requirementsOf);
  for (const name of [...nodeNeeds.libraries, ...addonNeeds.libraries]) {
    if (SYSTEM_LIBRARIES.test(name) || COMPILER_LIBRARIES.includes(name)) continue;
    throw new Error(
      `${process.execPath} needs ${name}, which other machines lack; run this with Node from nodejs.org`,
    );
  }
  const newest = (prefix, ...needs) =>
    needs
      .map(({ versions }) => versions[prefix] ?? '0')
      .sort(compareVersions)
      .at(-1);
  return {
    GCC_GLIBC: newest('GLIBC', nodeNeeds, addonNeeds, ...libraryNeeds),
    GLIBCXX_GLIBCXX: `GLIBCXX_${newest('GLIBCXX', nodeNeeds, addonNeeds)}`,
    GLIBC: newest('GLIBC', nodeNeeds, addonNeeds),
  };
}

/** A driver description that leaves it to the system's linker where the library lies. */
function driver(library) {
  const icd = { file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.3.0' } };
  return Buffer.from(`${JSON.stringify(icd)}\n`);
}

function ownFiles(root) {
  const files = ['LICENSE', 'bin/meanfield.js'];
  return [
    { path: 'app/package.json', data: ownPackage(root) },
    ...files.map((path) => ({ path: `app/${path}`, data: readFileSync(join(root, path)) })),
    ...filesBelow(root, 'dist'),
    ...filesBelow(root, 'bench/peers').filter(({ path }) => /peers\/[^/]+\.(js|py)$/.test(path)),
  ];
}

/** The package file with the commit, as npm writes it into a published package; benchmark results name it. */
function ownPackage(root) {
  const git = (...args) => spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' });
  const content = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const head = git('rev-parse', 'HEAD');
  if (head.status === 0) {
    const changes = git('status', '--porcelain', '--untracked-files=no').stdout.trim();
    content.gitHead = head.stdout.trim() + (changes === '' ? '' : '+changes');
  }
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}

/** The production dependencies as the lock file names them, without sources, types and other platforms. */
function dependencies(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev)
    .flatMap(([path]) => filesBelow(root, path))
    .filter(({ path }) => !path.startsWith('app/node_modules/webgpu/dist/'));
}

function filesBelow(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => LICENCE.test(basename(path)) || !NOT_NEEDED.test(path.slice(folder.length)))
    .map((path) => ({ path: `app/${path}`, data: readFileSync(join(root, path)) }));
}

/** The package of the software adapter, reduced to what src/gpu/software.ts looks for. */
function softwareAdapter(root) {
  const archive = 'bin/swiftshader.tar.br';
  const { name, version, license } = JSON.parse(
    readFileSync(join(root, SOFTWARE, 'package.json'), 'utf8'),
  );
  const reduced = { name, version, license, exports: `./${archive}` };
  return [
    { path: 'package.json', data: Buffer.from(`${JSON.stringify(reduced)}\n`) },
    { path: archive, data: readFileSync(join(root, SOFTWARE, archive)) },
    { path: 'LICENSE', data: readFileSync(join(root, SOFTWARE, 'LICENSE')) },
  ].map((part) => ({ ...part, path: `app/${SOFTWARE}/${part.path}` }));
}

function softwareFile(root, name) {
  const archive = readFileSync(join(root, SOFTWARE, 'bin/swiftshader.tar.br'));
  const entry = parseTar(brotliDecompressSync(archive)).find((file) => file.name === name);
  if (entry?.data === undefined) throw new Error(`${SOFTWARE}: ${name} is missing in it`);
  return Buffer.from(entry.data);
}

/** The licences of what does not come with one in its folder. */
function licences(root, libraries) {
  const prefix = dirname(dirname(process.execPath));
  const documents = libraries.map(({ name }) => `/usr/share/doc/${name.replace('.so.', '')}`);
  const found = [
    ['node.txt', [`${prefix}/LICENSE`, `${prefix}/share/doc/nodejs/LICENSE`]],
    // Debian's name for the package of libgcc_s.so.1 is libgcc-s1.
    ['gcc.txt', documents.map((path) => `${path.replace('gcc_s', 'gcc-s')}/copyright`)],
    ['swiftshader-and-vulkan-loader.txt', [join(root, 'node_modules/typescript/LICENSE.txt')]],
  ].map(([name, places]) => ({ name, place: places.find((path) => existsSync(path)) }));
  const where = {
    'node.txt': `https://github.com/nodejs/node/blob/${process.version}/LICENSE`,
    'gcc.txt': 'GPL-3.0 with the GCC Runtime Library Exception, https://gcc.gnu.org',
    'swiftshader-and-vulkan-loader.txt': 'Apache-2.0',
  };
  return found.map(({ name, place }) => ({
    path: `licenses/${name}`,
    data: place === undefined ? Buffer.from(`${where[name]}\n`) : readFileSync(place),
  }));
}

function readme(root, needs) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const words = { ...needs, VERSION: version, NODE: process.version };
  const text = readFileSync(new URL('README.txt', import.meta.url), 'utf8');
  return Buffer.from(
    text.replace(/\b(GCC_GLIBC|GLIBCXX_GLIBCXX|GLIBC|VERSION|NODE)\b/g, (word) => words[word]),
  );
}
