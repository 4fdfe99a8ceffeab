import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { ConfigurationInput } from "../../contract";

/** What the process's clocks do; see clock.cjs. */
export interface ProcessClock {
  speed?: number;
  offsetSeconds?: number;
  jumps?: { atSeconds: number; bySeconds: number }[];
}

export interface ForwarderOptions {
  /** A folder of this run's own: configuration, secrets, journal and log go below it. */
  folder: string;
  configuration: ConfigurationInput;
  /** Files below the secrets folder: path → content. */
  secrets: Record<string, string>;
  bundle?: string;
  /** URL of the ConfigMap that holds the checkpoint, and the folder of the pod's service account. */
  checkpoint?: string;
  serviceAccount?: string;
  clock?: ProcessClock;
  /** The name of its StatefulSet's pod; without it the program reads events. */
  pod?: string;
  /** The port of its health listener, where another replica has to know it; by default a free one at each start. */
  healthPort?: number;
  /** Base URLs of the other replicas' health listeners. */
  peers?: string[];
  /** A command that the process is started under, for example strace with its flags. */
  under?: string[];
}

/** The bundle that `npm run build` wrote. */
export const builtBundle = join(__dirname, "..", "..", "components", "dist", "forwarder.cjs");

/** The forwarder as a process of its own: started, killed, started again on the same journal. */
export class ForwarderProcess {
  readonly journal: string;
  readonly log: string;
  private child: ChildProcess | undefined;
  private exited: Promise<number | null> = Promise.resolve(0);
  private healthPort = 0;
  private statusPort = 0;
  /** Where it takes webhook calls while it runs. */
  webhookPort = 0;
  starts = 0;

  constructor(private readonly options: ForwarderOptions) {
    this.journal = join(options.folder, "journal");
    this.log = join(options.folder, "forwarder.log");
    mkdirSync(this.journal, { recursive: true });
    for (const [path, content] of Object.entries(options.secrets)) this.secret(path, content);
    this.configure(options.configuration);
  }

  configure(configuration: ConfigurationInput): void {
    writeFileSync(join(this.options.folder, "config.json"), JSON.stringify(configuration));
  }

  /** Writes a file below the secrets folder. */
  secret(path: string, content: string): void {
    const file = join(this.options.folder, "secrets", path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content, { mode: 0o600 });
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error("the forwarder is not running");
    return this.child.pid;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  async start(): Promise<void> {
    const {
      folder,
      bundle = builtBundle,
      checkpoint,
      serviceAccount,
      clock,
      pod,
      peers,
      under = [],
    } = this.options;
    this.healthPort = this.options.healthPort ?? (await freePort());
    this.statusPort = await freePort();
    this.webhookPort = await freePort();
    const preload = clock === undefined ? [] : ["--require", join(__dirname, "clock.cjs")];
    const command = [
      ...under,
      process.execPath,
      ...preload,
      bundle,
      ...["--config", join(folder, "config.json"), "--secrets", join(folder, "secrets")],
      ...["--journal", this.journal, "--health", `127.0.0.1:${this.healthPort}`],
      ...["--status", `127.0.0.1:${this.statusPort}`, "--webhooks", `127.0.0.1:${this.webhookPort}`],
      ...(pod === undefined ? [] : ["--pod", pod]),
      ...(peers === undefined ? [] : ["--peers", peers.join(",")]),
      ...(checkpoint === undefined ? [] : ["--checkpoint", checkpoint]),
      ...(serviceAccount === undefined ? [] : ["--service-account", serviceAccount]),
    ];
    const log = openSync(this.log, "a");
    const environment: NodeJS.ProcessEnv = { PATH: process.env.PATH };
    if (clock !== undefined) environment.FORWARDER_CLOCK = JSON.stringify(clock);
    const child = spawn(command[0]!, command.slice(1), { env: environment, stdio: ["ignore", log, log] });
    closeSync(log);
    this.child = child;
    this.starts += 1;
    this.exited = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  }

  /** Ends the process at once, as a dying node would; resolves when it is gone. */
  async kill(): Promise<void> {
    this.child?.kill("SIGKILL");
    await this.exited;
  }

  /** Asks it to end (SIGTERM); resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.child?.kill("SIGTERM");
    return this.exited;
  }

  /** Resolves with its exit code once it has ended by itself. */
  ended(): Promise<number | null> {
    return this.exited;
  }

  readLog(): string {
    return readFileSync(this.log, "utf8");
  }

  /** A page of the health listener, or undefined while nothing listens. */
  health(path: "/livez" | "/readyz" | "/metrics"): Promise<Page | undefined> {
    return pageOf(`http://127.0.0.1:${this.healthPort}${path}`);
  }

  /** The status page, or undefined while nothing listens. */
  status(): Promise<Page | undefined> {
    return pageOf(`http://127.0.0.1:${this.statusPort}/`);
  }
}

interface Page {
  status: number;
  text: string;
}

async function pageOf(url: string): Promise<Page | undefined> {
  try {
    // A test that was busy for long would send on a connection that the forwarder has closed meanwhile.
    const answer = await fetch(url, { headers: { connection: "close" } });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return undefined;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
