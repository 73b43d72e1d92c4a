// A program of its own: prints the adapters of this process as JSON. The command line runs it as a
// child, because Dawn writes warnings to stderr from native code where a driver is missing.
import { listAdapters } from '../gpu/device.ts';

let answer: unknown;
try {
  answer = { adapters: await listAdapters() };
} catch (error) {
  answer = { error: error instanceof Error ? error.message : String(error) };
}
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
