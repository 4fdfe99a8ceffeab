import { write } from "node:fs";
import { promisify } from "node:util";

const writeSome = promisify(write);

/**
 * A file descriptor to which lines go, those of one call together. Not process.stdout: its writes to a pipe are
 * synchronous, and a stalled reader would stop every lane.
 */
export class StandardOutput {
  #before: Promise<unknown> = Promise.resolve();
  /** Whether the last line was not written to its end. */
  #torn = false;

  constructor(private readonly descriptor: number) {}

  /** Resolves when the lines are written, after those of the calls before: a slow reader is waited for. */
  write(lines: Buffer): Promise<void> {
    const written = this.#before.then(() => this.#writeAll(lines));
    this.#before = written.catch(() => undefined);
    return written;
  }

  async #writeAll(lines: Buffer): Promise<void> {
    let rest = this.#torn ? Buffer.concat([Buffer.from("\n"), lines]) : lines;
    while (rest.length > 0) {
      const { bytesWritten } = await writeSome(this.descriptor, rest);
      rest = rest.subarray(bytesWritten);
      this.#torn = rest.length > 0;
    }
  }
}
