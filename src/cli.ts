// The command line: commands and options. What each command does stands in cli/commands/.
import { Command } from 'commander';
import { bench } from './cli/commands/bench.ts';
import { clt } from './cli/commands/clt.ts';
import { devices } from './cli/commands/devices.ts';
import { reproduce, type ReproduceCommand } from './cli/commands/reproduce.ts';
import { schema } from './cli/commands/schema.ts';
import { train } from './cli/commands/train.ts';
import { validate } from './cli/commands/validate.ts';
import { EXIT, reportError } from './cli/errors.ts';
import { ownPackage } from './cli/facts.ts';
import {
  addBenchOptions,
  addConfigOptions,
  addReproduceOptions,
  addRunOptions,
  addSweepOptions,
} from './cli/options.ts';
import { finishOutput, tolerateClosedOutput } from './cli/output.ts';

const EXIT_CODES = `
Exit codes: 0 done; 1 a criterion was missed, or an unforeseen error; 2 usage, config, an input file or a size beyond the adapter;
3 no adapter; 4 device lost or out of memory; 5 a number that is not finite; 75 interrupted.`;

/**
 * Runs the command line with the arguments of this process and ends the process.
 * Every error becomes one line on stderr and an exit code.
 */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  tolerateClosedOutput();
  process.on('uncaughtException', (error) => process.exit(reportError(error)));
  let code: number = EXIT.done;
  try {
    await makeProgram((result) => (code = result)).parseAsync([...argv]);
  } catch (error) {
    code = reportError(error);
  }
  await finishOutput();
  // Dawn's threads would keep the process alive.
  process.exit(code);
}

type Action<Options> = (options: Options) => Promise<number>;

function makeProgram(end: (code: number) => void): Command {
  const program = new Command('meanfield')
    .description('wide networks as clouds of particles: train them, and test the 1/√m law')
    .version(ownPackage().version)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    // reportError writes the one line there is; without a command commander would print the help.
    .configureOutput({ writeErr: () => undefined });
  const add = <Options>(
    name: string,
    description: string,
    addOptions: (command: Command) => Command,
    action: Action<Options>,
  ): void => {
    addOptions(program.command(name).description(description)).action(async (options: Options) =>
      end(await action(options)),
    );
  };
  add(
    'train',
    'one run: data and particles in, particles, history and report out',
    addRunOptions,
    train,
  );
  add('clt', 'widths × replicas: the 1/√m law, its exponent and constant', addSweepOptions, clt);
  addReproduceOptions(
    program.command('reproduce').description('an experiment with criteria'),
  ).action(async (name: string | undefined, options: ReproduceCommand) =>
    end(await reproduce(name, options)),
  );
  add('bench', 'speed on this adapter, as shares of its limits', addBenchOptions, bench);
  add('devices', 'the adapters and the limits that matter', addJsonOption, devices);
  add(
    'validate',
    'check a configuration and its files without a device',
    addConfigOptions,
    validate,
  );
  add('schema', 'print the JSON Schema of the configuration', (command) => command, schema);
  return program;
}

function addJsonOption(command: Command): Command {
  return command.option('--json', 'print one JSON object');
}
