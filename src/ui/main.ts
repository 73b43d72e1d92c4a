// The page: opens what computes, builds the parts, and begins the run of the link or the first preset.
import { z } from 'zod';
import { createApp } from './app.ts';
import { addControls } from './controls.ts';
import { byId } from './dom.ts';
import { openGpuEngine, type Engine } from './engine.ts';
import { addTransport } from './transport.ts';
import { createCloudView } from './views/cloud.ts';
import { createFunctionView } from './views/function.ts';
import { createConvergenceView } from './views/convergence.ts';
import { createCltView } from './views/clt.ts';
import { createSpeedView } from './views/speed.ts';

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
  const views = [
    createCloudView(app),
    createFunctionView(app),
    createConvergenceView(app),
    createCltView(app),
    createSpeedView(app),
  ];
  for (const view of views) {
    app.addView(view);
    byId('views').append(view.card.root);
  }
  // For tests and for the curious: the whole page from the console.
  window.meanfield = app;
  await addControls(app);
}

void begin();
