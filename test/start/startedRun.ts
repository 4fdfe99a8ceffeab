import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

/** `npm start` as a process of its own, with a folder for temporary files of its own. */
export class StartedRun {
  readonly #child: ChildProcess;
  readonly #temporary = mkdtempSync(join(tmpdir(), "zitadel-siem-start-"));
  readonly exitCode: Promise<number | null>;
  output = "";

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(process.execPath, ["--import", "tsx", join(root, "local", "start.ts"), ...args], {
      cwd: root,
      env: { ...environment, TMPDIR: this.#temporary },
      // A group of its own: a signal to the group is what a terminal's Ctrl-C is.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (part: Buffer) => {
        this.output += part.toString();
      });
    }
    this.exitCode = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** As Ctrl-C at a terminal: every process of the group gets it. */
  interrupt(): void {
    process.kill(-this.#child.pid!, "SIGINT");
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
