// The page: opens what computes, builds the parts, and begins the run of the link or the first preset.
import * as z from 'zod/mini';
import type * as Cards from './cards.ts';
import { createApp, type App } from './app.ts';
import { addControls } from './controls.ts';
import { byId } from './dom.ts';
import { openGpuEngine, type Engine } from './engine.ts';
import { addLazyView } from './lazy-view.ts';
import { addTransport } from './transport.ts';
import type { View } from './view.ts';
import { createCloudView } from './views/cloud.ts';

// The policy of the page forbids code from text, which the schema library would try.
z.config({ jitless: true });

async function begin(): Promise<void> {
  const status = byId('status');
  const say = (text: string, kind: 'info' | 'error' = 'info'): void => {
    status.textContent = text;
    status.classList.toggle('error', kind === 'error');
  };
  say('opening the graphics device');
  let engine: Engine;
  try {
    engine = await openGpuEngine();
  } catch (error) {
    // Loaded where they are needed alone.
    const [cpu, { showNoWebGpu }] = await Promise.all([
      import('./engine-cpu.ts'),
      import('./no-webgpu.ts'),
    ]);
    showNoWebGpu(byId('notice'), error);
    engine = cpu.openCpuEngine();
  }
  const app = createApp(engine, openGpuEngine, say);
  addTransport(app, byId('transport'));
  const opened = addViews(app, byId('views'));
  // For tests and for the curious: the whole page from the console.
  window.meanfield = app;
  await addControls(app);
  performance.mark('opened');
  opened();
}

/**
 * The cloud at once; the other cards, and the library of their curves, when the run can be played.
 *
 * @returns to be called then
 */
function addViews(app: App, host: HTMLElement): () => void {
  const cloud = createCloudView(app);
  app.addView(cloud);
  host.append(cloud.card.root);
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const later = (name: string, title: string, make: (cards: typeof Cards) => View): void =>
    addLazyView(app, host, opened, {
      ...{ name, title },
      make: async () => make(await import('./cards.ts')),
    });
  later('function', 'Function', (cards) => cards.createFunctionView(app));
  later('convergence', 'Convergence', (cards) => cards.createConvergenceView(app));
  later('clt', 'Fluctuations: the central limit theorem', (cards) => cards.createCltView(app));
  later('speed', 'Speed', (cards) => cards.createSpeedView(app));
  return () => open();
}

void begin();
