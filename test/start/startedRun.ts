import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

/**
 * The script of `npm start`. A program between npm and Node that passes signals on kills what does not take them at
 * once, and a run that is busy does not.
 */
const [program, ...scriptArguments] = (
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } }
).scripts.start.split(" ");
if (program !== "node") throw new Error(`npm start must be run by node itself, not by ${program}`);

/** `npm start` as a process of its own, with a folder for temporary files of its own. */
export class StartedRun {
  readonly #child: ChildProcess;
  readonly #temporary = mkdtempSync(join(tmpdir(), "zitadel-siem-start-"));
  readonly exitCode: Promise<number | null>;
  output = "";
  #onOutput: () => void = () => undefined;

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(process.execPath, [...scriptArguments, ...args], {
      cwd: root,
      env: { ...environment, TMPDIR: this.#temporary },
      // A group of its own: a signal to the group is what a terminal's Ctrl-C is.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (part: Buffer) => {
        this.output += part.toString();
        this.#onOutput();
      });
    }
    this.exitCode = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** As Ctrl-C at a terminal: every process of the group gets it. */
  interrupt(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      process.kill(-this.#child.pid!, "SIGINT");
  }

  /** Interrupts now and then again with all that the run prints, so many times in all at most. */
  interruptAgainAndAgain(times: number): void {
    let left = times;
    this.#onOutput = () => {
      if (left-- > 0) this.interrupt();
    };
    this.#onOutput();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** The command lines of processes that have to do with this run. Linux only. */
  processes(): string[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const [command, environment] = ["cmdline", "environ"].map((file) =>
            readFileSync(`/proc/${pid}/${file}`, "utf8"),
          );
          return `${command}${environment}`.includes(this.#temporary) ? [command!.replaceAll("\0", " ")] : [];
        } catch {
          return [];
        }
      });
  }

  /** What the run left in its folder for temporary files, the TypeScript loader's cache apart. */
  leftovers(): string[] {
    return readdirSync(this.#temporary).filter((name) => !/^tsx-\d+$/.test(name));
  }

  remove(): void {
    try {
      process.kill(-this.#child.pid!, "SIGKILL");
    } catch {
      // It has ended.
    }
    rmSync(this.#temporary, { recursive: true, force: true });
  }
}
