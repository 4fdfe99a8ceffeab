import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A script's context, by the names that ZITADEL's scripts see; what is absent here is absent there. */
export interface ActionContext {
  authMethod?: string;
  authError?: string;
  /** The engine makes of `browserInfo.remoteIp`, a text here, the list of bytes that scripts see. */
  authRequest?: object;
  httpRequest?: object;
  externalUser?: object;
  accessToken?: string;
  refreshToken?: string;
  idToken?: string;
  user?: object;
  createdUser?: object;
}

export interface ActionCall {
  script: string;
  /** The Action's name, which is the function's. */
  name: string;
  /** Milliseconds, 0 the longest that ZITADEL allows. */
  timeout: number;
  instanceId: string;
  /** Of the lines of ZITADEL's log. */
  format: "text" | "json";
  context?: ActionContext;
  /** JavaScript whose value is the context instead, for contexts that no server gives. */
  expression?: string;
}

export interface ActionRun {
  /** What the run wrote to ZITADEL's log, ZITADEL's own words about it included. */
  lines: string[];
  /** Why it failed; a login is blocked with this text when its Action is not allowed to fail. */
  error?: string;
  /** Milliseconds, from the engine's start to its end. */
  took: number;
}

interface Pending {
  run: ActionRun;
  onLine?: (line: string) => void;
  resolve: (run: ActionRun) => void;
  reject: (error: Error) => void;
}

type Answer = { run: number; line?: string; done?: boolean; took?: number; error?: string };

/** Runs Actions in goja, ZITADEL's JavaScript engine: one process, many runs side by side. */
export class ActionEngine {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private count = 0;

  /** @param deny networks that scripts may not call, with commas between; default: none */
  constructor(executable: string, deny = "") {
    this.child = spawn(executable, [`-deny=${deny}`], {
      // Runs are short and their garbage is much: collecting it seldom takes a third off them.
      env: { GOGC: "400", ...process.env },
      stdio: ["pipe", "pipe", "inherit"],
      // A group of its own, so that a terminal's Ctrl-C does not end it amid runs: it ends when its input does.
      detached: true,
    });
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.take(JSON.parse(line)));
    const ended = (why: string) => {
      for (const { reject } of this.pending.values()) reject(new Error(`the engine of Actions ${why}`));
      this.pending.clear();
    };
    this.child.on("error", (error) => ended(`did not start: ${error.message}`));
    this.child.on("close", (code) => ended(`ended with code ${code}`));
    this.child.stdin!.on("error", () => undefined); // told by "close"
  }

  /** @param onLine called with each line of the log when it is written */
  run(call: ActionCall, onLine?: (line: string) => void): Promise<ActionRun> {
    this.count += 1;
    const run = this.count;
    return new Promise((resolve, reject) => {
      this.pending.set(run, { run: { lines: [], took: 0 }, onLine, resolve, reject });
      this.child.stdin!.write(`${JSON.stringify({ run, ...call })}\n`);
    });
  }

  /** Waits for the runs that are under way. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const closed = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stdin!.end();
    await closed;
  }

  private take({ run: number, line, done, took = 0, error }: Answer): void {
    const pending = this.pending.get(number);
    if (!pending) return;
    const { run, onLine, resolve } = pending;
    if (line !== undefined) {
      run.lines.push(line);
      onLine?.(line);
    }
    if (!done) return;
    this.pending.delete(number);
    resolve({ ...run, took, ...(error !== undefined && { error }) });
  }
}
