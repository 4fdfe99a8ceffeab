import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Nothing of a run outlives it, even where the run itself is killed: a small process of its own holds the
 * other end of a pipe. When the pipe ends, whatever the reason, it kills the process groups that are written
 * down in the run's folder and removes that folder (`wardenProcess.ts`).
 */
export class Warden {
  readonly #process: ChildProcess;
  readonly #register: string;

  /** @param folder holds the list of processes, and is removed at the end unless it is to be kept */
  constructor(folder: string, { keepFolder = false } = {}) {
    this.#register = join(folder, "processes");
    writeFileSync(this.#register, "");
    this.#process = spawn(
      process.execPath,
      [join(__dirname, "wardenProcess.ts"), this.#register, ...(keepFolder ? [] : [folder])],
      { stdio: ["pipe", "ignore", "ignore"], detached: true, env: {}, cwd: "/" },
    );
    this.#process.unref();
    (this.#process.stdin as unknown as { unref(): void }).unref();
  }

  /** From now on the process's group dies with the run. */
  watch({ pid }: ChildProcess): void {
    if (pid !== undefined) appendFileSync(this.#register, `+${pid}\n`);
  }

  /** The process has ended; its id may come to mean another. */
  release({ pid }: ChildProcess): void {
    if (pid !== undefined) appendFileSync(this.#register, `-${pid}\n`);
  }

  /** Lets it do its work now and returns when it is done. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.ref();
    this.#process.stdin!.end();
    await ended;
  }
}
