// Reads from an ELF file which shared libraries it needs, and the newest glibc and libstdc++ it asks for.
const DYNAMIC_SECTION = 6;
const NEEDED = 1;
const MACHINE_X64 = 62;

/**
 * What an executable or library asks of a linux-x64 system.
 *
 * @param {Buffer} file content of the file
 * @returns {{ libraries: string[], versions: Record<string, string> }} names of the libraries it loads, and the
 *   newest symbol version per prefix, for example { GLIBC: '2.28', GLIBCXX: '3.4.21' }
 * @throws Error if this is no 64-bit x86 ELF file
 */
export function requirementsOf(file) {
  const isElf = file.length > 64 && file.readUInt32BE(0) === 0x7f454c46;
  if (!isElf || file[4] !== 2 || file.readUInt16LE(18) !== MACHINE_X64) {
    throw new Error('not a linux-x64 program');
  }
  const sections = readSections(file);
  const dynamic = sections.find((section) => section.type === DYNAMIC_SECTION);
  if (dynamic === undefined) return { libraries: [], versions: {} };
  const names = sections[dynamic.link];
  const libraries = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    if (Number(file.readBigInt64LE(at)) !== NEEDED) continue;
    libraries.push(readName(file, names.offset + Number(file.readBigInt64LE(at + 8))));
  }
  const text = file.toString('latin1', names.offset, names.offset + names.size);
  return { libraries, versions: newestVersions(text) };
}

/** Orders versions like 2.9 and 2.28 by their numbers. */
export function compareVersions(a, b) {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readSections(file) {
  const start = Number(file.readBigUInt64LE(40));
  const size = file.readUInt16LE(58);
  return Array.from({ length: file.readUInt16LE(60) }, (_, i) => {
    const at = start + i * size;
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
      link: file.readUInt32LE(at + 40),
    };
  });
}

function readName(file, at) {
  return file.toString('latin1', at, file.indexOf(0, at));
}

function newestVersions(text) {
  const newest = {};
  for (const [, prefix, version] of text.matchAll(/\0(GLIBC|GLIBCXX)_(\d+(?:\.\d+)+)(?=\0)/g)) {
    if (newest[prefix] === undefined || compareVersions(version, newest[prefix]) > 0) {
      newest[prefix] = version;
    }
  }
  return newest;
}
