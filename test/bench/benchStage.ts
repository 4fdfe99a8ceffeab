import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ConfigurationInput } from "../../contract";
import { ForwarderProcess } from "../completeness/forwarderProcess";
import type { ReceiverCalls } from "./receiverProcess";
import { WorkerProcess } from "./workerProcess";
import type { ZitadelCalls } from "./zitadelProcess";

/** How long a receiver takes to answer. Milliseconds. */
export const RECEIVER_MILLIS = 25;

/** What a forwarder of the bench has besides events. */
export interface ForwarderParts {
  /** Default: the stage's receiver. */
  destinations?: ConfigurationInput["destinations"];
  logins?: ConfigurationInput["logins"];
  /** Files below the secrets folder: path → content. */
  secrets?: Record<string, string>;
}

/** A ZITADEL and a receiver, each in a process of its own, in a folder that goes with them. */
export class BenchStage {
  private readonly forwarders: ForwarderProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly zitadel: WorkerProcess<ZitadelCalls>,
    readonly receiver: WorkerProcess<ReceiverCalls>,
    readonly issuer: string,
    /** Lets in whoever reads events. */
    readonly token: string,
    readonly receiverUrl: string,
  ) {}

  /** @param commitDelay milliseconds between a push's statement and its commit */
  static async set({ commitDelay }: { commitDelay: number }): Promise<BenchStage> {
    const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-bench-"));
    const zitadel = WorkerProcess.start<ZitadelCalls>("zitadelProcess");
    const receiver = WorkerProcess.start<ReceiverCalls>("receiverProcess");
    const { issuer, token } = await zitadel.call("start", {
      database: join(folder, "zitadel.db"),
      commitDelay,
    });
    const url = await receiver.call("start", { latency: RECEIVER_MILLIS });
    return new BenchStage(folder, zitadel, receiver, issuer, token, url);
  }

  get database(): string {
    return join(this.folder, "zitadel.db");
  }

  /**
   * A forwarder that has not run yet, with a journal of its own.
   *
   * @param startFrom RFC 3339
   */
  forwarder(
    name: string,
    startFrom: string,
    { destinations, logins, secrets: more }: ForwarderParts = {},
  ): ForwarderProcess {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    const configuration: ConfigurationInput = {
      zitadel: { issuer: this.issuer, credentials: { personalAccessTokenFile: "token" } },
      events: { startFrom },
      destinations: destinations ?? [{ name: "siem", http: { url: this.receiverUrl } }],
      logins,
    };
    const secrets = { token: this.token, ...more };
    const forwarder = new ForwarderProcess({ folder, configuration, secrets });
    this.forwarders.push(forwarder);
    return forwarder;
  }

  async clear(): Promise<void> {
    for (const forwarder of this.forwarders) if (forwarder.running) await forwarder.kill();
    await Promise.all([this.zitadel.end(), this.receiver.end()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `work` on a stage that is cleared afterwards. */
export async function onStage<Result>(
  options: { commitDelay: number },
  work: (stage: BenchStage) => Promise<Result>,
): Promise<Result> {
  const stage = await BenchStage.set(options);
  try {
    return await work(stage);
  } finally {
    await stage.clear();
  }
}

/** Waits for a condition; throws when it does not come within a deadline. */
export async function until(what: string, seconds: number, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`after ${seconds} s still not: ${what}`);
    await delay(20);
  }
}
