import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { ConfigurationInput } from "../../contract";
import { AdjustableClock } from "../../local/zitadel/clock";
import { startZitadel, type Zitadel, type ZitadelOptions } from "../../local/zitadel/server";
import { FaultyReceiver } from "./faultyReceiver";
import { type ForwarderOptions, ForwarderProcess } from "./forwarderProcess";
import { compare, type Ledger } from "./ledger";
import type { Random } from "./random";

export interface StageOptions {
  random: Random;
  zitadel?: Omit<ZitadelOptions, "database" | "clock">;
  /** How many times faster than real time ZITADEL and the forwarder live. */
  speed?: number;
  configuration?: (input: ConfigurationInput) => ConfigurationInput;
  forwarder?: Partial<ForwarderOptions>;
}

/** A ZITADEL, a forwarder and a receiver, in a folder of their own. */
export class Stage {
  readonly database: string;
  private constructor(
    readonly folder: string,
    readonly zitadel: Zitadel,
    readonly clock: AdjustableClock,
    readonly receiver: FaultyReceiver,
    readonly forwarder: ForwarderProcess,
    readonly configuration: ConfigurationInput,
  ) {
    this.database = join(folder, "zitadel.db");
  }

  static async set({ random, speed = 1, ...options }: StageOptions): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-stage-"));
    const clock = new AdjustableClock(undefined, speed);
    const zitadel = await startZitadel({ ...options.zitadel, database: join(folder, "zitadel.db"), clock });
    const receiver = await FaultyReceiver.start(join(folder, "arrived.ndjson"), random);
    // Two seconds of real time: a busy machine must not look like a hanging receiver.
    const plain: ConfigurationInput = {
      zitadel: { issuer: zitadel.issuer, credentials: { machineKeyFiles: ["zitadel/key.json"] } },
      events: { startFrom: "beginning" },
      destinations: [{ name: "siem", http: { url: receiver.url, timeoutSeconds: Math.min(2 * speed, 600) } }],
      log: { level: "debug" },
    };
    const configuration = options.configuration?.(plain) ?? plain;
    mkdirSync(join(folder, "forwarder"));
    const forwarder = new ForwarderProcess({
      folder: join(folder, "forwarder"),
      configuration,
      secrets: { "zitadel/key.json": JSON.stringify(zitadel.adminKey) },
      ...(speed === 1 ? {} : { clock: { speed } }),
      ...options.forwarder,
    });
    return new Stage(folder, zitadel, clock, receiver, forwarder, configuration);
  }

  compare(where?: string): Ledger {
    return compare(this.database, this.receiver.file, where);
  }

  /**
   * Waits until as many events as the store has are at the receiver, or until the forwarder has read and
   * delivered what was created by `lastMicros`; then compares. Throws with how far it is when it gives up.
   */
  async everythingArrived(seconds: number, lastMicros = Infinity): Promise<Ledger> {
    const store = new DatabaseSync(this.database, { readOnly: true });
    const count = store.prepare("SELECT count(*) AS events FROM events");
    const written = () => count.get()!.events as number;
    const arrived = () => this.receiver.arrived.size;
    try {
      // Counting is cheap; a whole comparison would hold up the stand-in, which lives in this process.
      await until(
        "every event of the store is at the receiver",
        seconds,
        async () => arrived() >= written() || (lastMicros < Infinity && (await this.done(lastMicros))),
        () => `${arrived()} of ${written()} arrived; missing for example ${this.compare().missing[0]}`,
        100,
      );
    } finally {
      store.close();
    }
    return this.compare();
  }

  /** A value of the forwarder's metrics, summed over its labels; undefined while it does not answer. */
  async metric(name: string): Promise<number | undefined> {
    const page = await this.forwarder.health("/metrics");
    const lines = page?.text
      .split("\n")
      .filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length]!));
    return lines === undefined || lines.length === 0
      ? undefined
      : lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  /** Whether the forwarder says that it has read everything created until then at least once. */
  async caughtUp(createdMicros: number): Promise<boolean> {
    const edges = await this.edges();
    return edges !== undefined && Date.parse(edges.tail) * 1000 >= createdMicros - 1e6;
  }

  private async edges(): Promise<{ tail: string; swept: string } | undefined> {
    const page = await this.forwarder.health("/readyz");
    // A forwarder that is killed may be in the midst of its answer, or its port with another process already.
    if (!page?.text.startsWith("{")) return undefined;
    return (JSON.parse(page.text) as { events?: { edges?: { tail: string; swept: string } } }).events?.edges;
  }

  /** Whether the forwarder says that it has read and delivered everything created until then, sweep included. */
  async done(createdMicros: number): Promise<boolean> {
    const edges = await this.edges();
    const swept = edges && Date.parse(edges.swept) * 1000;
    const oldest = await this.metric("zitadel_siem_oldest_unacknowledged_age_seconds");
    return swept !== undefined && swept > createdMicros && oldest === 0;
  }

  async clear(): Promise<void> {
    if (this.forwarder.running) await this.forwarder.kill();
    await this.receiver.close();
    await this.zitadel.close();
    if (process.env.KEEP === undefined) rmSync(this.folder, { recursive: true, force: true });
    else console.log(`kept: ${this.folder}`);
  }
}

/** How many want each processor, at least 1: what takes a minute on a machine of its own takes so many beside others. */
function crowding(): number {
  return Math.max(1, loadavg()[0]! / availableParallelism());
}

/**
 * Waits for a condition, looking every so many milliseconds; throws with `state` when the deadline passes.
 * @param seconds on a machine with nothing else to do
 */
export async function until(
  what: string,
  seconds: number,
  condition: () => boolean | Promise<boolean>,
  state: () => string = () => "",
  everyMilliseconds = 20,
): Promise<void> {
  const started = performance.now();
  while (!(await condition())) {
    const waited = (performance.now() - started) / 1000;
    if (waited > seconds * crowding())
      throw new Error(`after ${Math.round(waited)} s still not: ${what}. ${state()}`);
    await (everyMilliseconds === 0 ? nextTurn() : delay(everyMilliseconds));
  }
}
