// Executes the import table: who may import whom under src/, no cycles, and Node modules in few files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** Part of src/ → parts it may import besides itself; "*" = any. */
const MAY_IMPORT: Record<string, string[] | '*'> = {
  base: [],
  problem: ['base'],
  reference: ['base', 'problem'],
  theory: ['base', 'problem'],
  observables: ['base', 'problem'],
  gpu: [],
  shaders: [],
  engine: ['base', 'problem', 'gpu', 'shaders'],
  // prettier-ignore
  experiments: ['base', 'problem', 'reference', 'theory', 'observables', 'gpu', 'shaders', 'engine'],
  record: ['base', 'observables'],
  // prettier-ignore
  bench: ['base', 'problem', 'reference', 'theory', 'observables', 'gpu', 'shaders', 'engine', 'experiments'],
  ui: '*',
  cli: '*',
  index: '*',
};

/** Files at the top of src/ and the part they belong to; `base` = config, snapshots, randomness, formats. */
const TOP_LEVEL: Record<string, string> = {
  'bench-result.ts': 'base',
  'config.ts': 'base',
  'config-check.ts': 'base',
  'config-clt.ts': 'base',
  'config-birth-death.ts': 'base',
  'config-mixture.ts': 'base',
  'config-laws.ts': 'base',
  'state.ts': 'base',
  'random.ts': 'base',
  'special.ts': 'base',
  'npy.ts': 'base',
  'cli.ts': 'cli',
  'index.ts': 'index',
  'software.ts': 'cli',
};

/** Files that may import node:* modules; others by a dynamic import alone, which browsers never reach. */
const NODE_FILES = [/^cli\.ts$/, /^cli\//, /^gpu\/(node|software)\.ts$/, /^record\/folder\.ts$/];

interface Arrow {
  from: string;
  to: string;
  typeOnly: boolean;
  dynamic: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .sort();
const arrows: Arrow[] = files.flatMap((file) => arrowsOf(file));
const own = arrows.filter((arrow) => arrow.to.startsWith('.')).map(resolveArrow);

describe('imports under src/', () => {
  it('name files that exist, with their extension', () => {
    expect(own.filter(({ to }) => !existsSync(join(SRC, to)))).toEqual([]);
  });

  it('belong to a part that the table knows', () => {
    expect(files.filter((file) => MAY_IMPORT[partOf(file)] === undefined)).toEqual([]);
  });

  it('follow the table', () => {
    const forbidden = own.filter(({ from, to }) => {
      const allowed = MAY_IMPORT[partOf(from)];
      return partOf(from) !== partOf(to) && allowed !== '*' && !allowed?.includes(partOf(to));
    });
    expect(forbidden.map(show)).toEqual([]);
  });

  it('never point at the command line, the page or the index, which nobody imports', () => {
    const upward = own.filter(
      ({ from, to }) => ['cli', 'ui', 'index'].includes(partOf(to)) && partOf(from) !== partOf(to),
    );
    expect(upward.map(show)).toEqual([]);
  });

  it('make no cycle', () => {
    expect(findCycle(own)).toBeUndefined();
  });

  it('take Node modules in the files made for Node alone', () => {
    const astray = arrows.filter(
      ({ from, to, dynamic }) =>
        to.startsWith('node:') && !dynamic && !NODE_FILES.some((allowed) => allowed.test(from)),
    );
    expect(astray.map(show)).toEqual([]);
  });

  it('are seen by this test: the engine imports the device', () => {
    expect(own.some(({ from, to }) => partOf(from) === 'engine' && partOf(to) === 'gpu')).toBe(
      true,
    );
  });
});

function arrowsOf(file: string): Arrow[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(SRC, file), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const found: Arrow[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      const typeOnly = ts.isImportDeclaration(node)
        ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : node.isTypeOnly;
      found.push({ from: file, to: node.moduleSpecifier.text, typeOnly, dynamic: false });
    } else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      ts.isStringLiteral(node.arguments[0])
    ) {
      found.push({ from: file, to: node.arguments[0].text, typeOnly: false, dynamic: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function resolveArrow(arrow: Arrow): Arrow {
  const to = relative(SRC, join(SRC, dirname(arrow.from), arrow.to)).replaceAll('\\', '/');
  return { ...arrow, to };
}

function partOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : (TOP_LEVEL[file] ?? file);
}

function show({ from, to }: Arrow): string {
  return `${from} → ${to}`;
}

/** A path that returns to its start, or undefined. Type imports vanish at run time and may go both ways. */
function findCycle(graph: readonly Arrow[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of graph) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const finished = new Set<string>();
  const walk = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return undefined;
    for (const to of next.get(file) ?? []) {
      const cycle = walk(to, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = walk(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
