// Reads JSON written by hand: a syntax error is told with its line and column, which JSON.parse does
// not give in every case.
import { ConfigError } from '../config-check.ts';

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** What was expected, and the offset where it was not found. */
class SyntaxAt extends Error {
  constructor(
    readonly expected: string,
    readonly offset: number,
  ) {
    super(expected);
  }
}

/**
 * Parses JSON text.
 *
 * @param where name of the file, for messages
 * @throws ConfigError with file, line, column, what was found and what was expected
 */
export function parseJson(text: string, where: string): unknown {
  const body = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new ConfigError(`${where}${describeSyntax(body) ?? `: ${(error as Error).message}`}`);
  }
}

function describeSyntax(text: string): string | undefined {
  try {
    const end = skip(text, SPACE, value(text, skip(text, SPACE, 0)));
    if (end < text.length) throw new SyntaxAt('the end of the file', end);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxAt)) return undefined;
    const before = text.slice(0, error.offset).split('\n');
    const found = text.slice(error.offset).split(/[\s,:[\]{}]/)[0] || text.charAt(error.offset);
    const received =
      error.offset >= text.length ? 'the end of the file' : JSON.stringify(found.slice(0, 30));
    return `:${before.length}:${before[before.length - 1].length + 1}: not valid JSON: received ${received}; expected ${error.expected}`;
  }
}

function skip(text: string, token: RegExp, at: number): number {
  token.lastIndex = at;
  return token.test(text) ? token.lastIndex : -1;
}

/** Returns the offset behind the value that starts at `at`. */
function value(text: string, at: number): number {
  if (text[at] === '{') return members(text, at, '}', member);
  if (text[at] === '[') return members(text, at, ']', value);
  for (const token of [STRING, NUMBER, WORD]) {
    const end = skip(text, token, at);
    if (end > at) return end;
  }
  throw new SyntaxAt('a value', at);
}

function members(
  text: string,
  start: number,
  close: string,
  one: (text: string, at: number) => number,
): number {
  let at = skip(text, SPACE, start + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skip(text, SPACE, one(text, at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new SyntaxAt(`"," or "${close}"`, at);
    at = skip(text, SPACE, at + 1);
  }
}

function member(text: string, at: number): number {
  const end = skip(text, STRING, at);
  if (end < 0) throw new SyntaxAt('a key in double quotes', at);
  const colon = skip(text, SPACE, end);
  if (text[colon] !== ':') throw new SyntaxAt('":"', colon);
  return value(text, skip(text, SPACE, colon + 1));
}
