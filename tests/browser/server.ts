// Serves the built page to the tests from a path that is not the root, as any web server would.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const ROOT = join(import.meta.dirname, '../../dist/page');
const BELOW = '/some/folder/';
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** Starts the server. */
export async function servePage(): Promise<{ url: string; close: () => void }> {
  if (!existsSync(join(ROOT, 'index.html')))
    throw new Error('the page is not built; run first: npm run build');
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = path === BELOW ? 'index.html' : normalize(path.slice(BELOW.length));
    if (!path.startsWith(BELOW) || file.startsWith('..')) {
      response.writeHead(404).end();
      return;
    }
    readFile(join(ROOT, file)).then(
      (body) => {
        response.writeHead(200, {
          'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${BELOW}`, close: () => server.close() };
}
