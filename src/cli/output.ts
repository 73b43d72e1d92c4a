// Standard output that may be closed early by its reader (meanfield … | head).

/** Lets writes to a closed stdout pass instead of ending the process with a stack. */
export function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // EIO: the terminal went away.
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
}

/** Prints a line on stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Resolves when everything printed so far has left the process. */
export async function finishOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
}
