// `meanfield schema`: the JSON Schema of the configuration, for editors and other programs.
import { configJsonSchema } from '../../config.ts';
import { EXIT } from '../errors.ts';
import { print } from '../output.ts';

/** Prints the JSON Schema. */
export function schema(): Promise<number> {
  print(JSON.stringify(configJsonSchema(), null, 2));
  return Promise.resolve(EXIT.done);
}
