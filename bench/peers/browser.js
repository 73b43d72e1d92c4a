// Lets a browser library run in Node: a navigator with Dawn's WebGPU, and the few globals that it looks up.
import { createGpu } from '../../dist/gpu/node.js';

/** Sets the globals; call before the library is imported. `webgpu` false: a navigator alone. */
export async function imitateBrowser(webgpu) {
  const navigator = { userAgent: 'Node', hardwareConcurrency: 1 };
  if (webgpu) {
    navigator.gpu = (await createGpu({ profile: false })).gpu;
    const canvas = { getContext: () => null, style: {}, width: 0, height: 0 };
    define('window', globalThis);
    define('document', { createElement: () => canvas, body: { appendChild: () => undefined } });
    define('self', globalThis);
  }
  define('navigator', navigator);
}

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
