// What the page says where there is no WebGPU: why, and what helps in which browser. Loaded in that case alone.
import { element } from './dom.ts';
import { MOST_CPU_WIDTH } from './engine-cpu.ts';

/** Where WebGPU is on by default, as of 2026. */
const BROWSERS: readonly (readonly [string, string])[] = [
  [
    'Chrome, Edge',
    '113 or later on Windows, macOS and ChromeOS; 121 on Android; 144 on Linux (Intel), 147 (NVIDIA)',
  ],
  ['Firefox', '141 or later on Windows, 145 on macOS with Apple silicon'],
  ['Safari', '26 or later, on macOS, iOS and iPadOS'],
];

/** Fills the notice of the page. */
export function showNoWebGpu(host: HTMLElement, error: unknown): void {
  const { title, remedy } = explain(error);
  host.replaceChildren(
    element('h2', { text: title }),
    element('p', { text: remedy }),
    element(
      'p',
      {},
      `Meanwhile the processor computes, in float64, the same equations with up to ${MOST_CPU_WIDTH.toLocaleString('en')} particles.`,
    ),
    element(
      'details',
      {},
      element('summary', { text: 'Browsers with WebGPU' }),
      element(
        'table',
        {},
        element(
          'tbody',
          {},
          ...BROWSERS.map(([name, versions]) =>
            element(
              'tr',
              {},
              element('th', { scope: 'row', text: name }),
              element('td', { text: versions }),
            ),
          ),
        ),
      ),
      element('p', {
        text:
          'Other Linux machines: start Chrome with --enable-unsafe-webgpu --enable-features=Vulkan and a Vulkan driver installed. ' +
          'Without a graphics card add --use-webgpu-adapter=swiftshader.',
      }),
    ),
  );
  host.hidden = false;
}

/** The cases that can be told apart from within a page. */
function explain(error: unknown): { title: string; remedy: string } {
  if (!isSecureContext) {
    return {
      title: 'WebGPU is off because this page is not served over https',
      remedy: 'Open it by an https address, or from localhost.',
    };
  }
  if (navigator.gpu === undefined) {
    return {
      title: 'This browser has no WebGPU',
      remedy: 'Open the page in one of the browsers below, or update this one.',
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    title: 'WebGPU is there, but no graphics adapter answers',
    remedy: `${upperFirst(reason)}. Hardware acceleration may be switched off in the settings of the browser, or the driver is on its block list.`,
  };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
