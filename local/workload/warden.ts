import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { join } from "node:path";

/**
 * Nothing of a run outlives it, even where the run itself is killed: a small process of its own holds the
 * other end of a pipe, through which it is told of each process. When the pipe ends, whatever the reason, it
 * kills the groups of those that are still there and removes the run's folder (`wardenProcess.ts`).
 */
export class Warden {
  readonly #process: ChildProcess;

  /** @param folder is removed at the end; undefined where it is to be kept */
  constructor(folder: string | undefined) {
    const program = join(__dirname, "wardenProcess.ts");
    this.#process = spawn(process.execPath, [program, ...(folder === undefined ? [] : [folder])], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: {},
      cwd: "/",
    });
    this.#process.unref();
    const pipe = this.#process.stdin as Socket;
    pipe.unref();
    // It is never ended by anyone else but by `close`; where it is, there is nobody left to tell.
    pipe.on("error", () => undefined);
  }

  /** From now on the process's group dies with the run. */
  watch({ pid }: ChildProcess): void {
    if (pid !== undefined) this.#tell(`+${pid}`);
  }

  /** The process has ended; its id may come to mean another. */
  release({ pid }: ChildProcess): void {
    if (pid !== undefined) this.#tell(`-${pid}`);
  }

  /** Lets it do its work now and returns when it is done. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.ref();
    this.#process.stdin!.end();
    await ended;
  }

  /** A short write to a pipe is done when the call returns: the run may be killed at the next moment. */
  #tell(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }
}
