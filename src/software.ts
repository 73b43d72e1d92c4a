// Preload for programs that use the library on a machine without a GPU:
//
//   node --import meanfield/software app.js
//
// Starts Node anew with the software adapter where there is no hardware adapter; else does nothing. Node only.
import { allAdapters } from './cli/adapter.ts';
import { isSoftwareProcess, restartWithSoftwareAdapter } from './gpu/software.ts';

if (!isSoftwareProcess()) {
  const adapters = await allAdapters();
  if (adapters.length > 0 && adapters.every((adapter) => adapter.software)) {
    process.exit(await restartWithSoftwareAdapter());
  }
}
