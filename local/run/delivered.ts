/** What arrived at the receiver. */
import { closeSync, openSync, readSync } from "node:fs";
import { creationMicros } from "../../forwarder/records/micros";
import type { EventRecordBody, LoginRecordBody, NoticeRecordBody } from "../../forwarder/records/record";
import { ArrivedLogins } from "./arrivedLogins";
import { eventKey } from "./tally";
import type { Written } from "./written";

export interface Delivered {
  refresh(): Promise<void>;
  /** Creation times (microseconds) of those events that have not arrived. */
  undelivered(written: Pick<Written, "events" | "checks">): number[];
  /** Arrivals of an event's record beyond its first; undefined where that cannot be known. */
  readonly duplicates: number | undefined;
  /** Undefined where records cannot be told apart. */
  readonly logins: ArrivedLogins | undefined;
}

/** Bytes read from the receiver's file at once. */
const PART = 1 << 20;

/** The records in the file of the run's own receiver, read as it grows. */
export class FileDelivered implements Delivered {
  duplicates = 0;
  readonly logins = new ArrivedLogins();
  readonly #keys = new Set<string>();
  readonly #buffer = Buffer.alloc(PART);
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(private readonly file: string) {}

  async refresh(): Promise<void> {
    const descriptor = openSync(this.file, "r");
    try {
      for (;;) {
        const read = readSync(descriptor, this.#buffer, 0, PART, this.#offset);
        if (read === 0) return;
        this.#offset += read;
        this.#take(Buffer.concat([this.#rest, this.#buffer.subarray(0, read)]));
      }
    } finally {
      closeSync(descriptor);
    }
  }

  undelivered({ events }: Pick<Written, "events">): number[] {
    return [...events].filter(([key]) => !this.#keys.has(key)).map(([, created]) => created);
  }

  #take(bytes: Buffer): void {
    const end = bytes.lastIndexOf("\n");
    this.#rest = Buffer.from(bytes.subarray(end + 1));
    for (const line of bytes
      .subarray(0, end + 1)
      .toString()
      .split("\n")) {
      if (line === "") continue;
      const record = JSON.parse(line) as EventRecordBody | LoginRecordBody | NoticeRecordBody;
      if ("login" in record) this.logins.take(record);
      if (!("event" in record)) continue;
      const { aggregate, sequence, creationDate } = record.event;
      const key = eventKey(aggregate.type.type, aggregate.id, sequence, creationMicros(creationDate));
      if (this.#keys.has(key)) this.duplicates += 1;
      this.#keys.add(key);
    }
  }
}

const ACKNOWLEDGED = "zitadel_siem_records_delivered_total";
const CALLS_TAKEN = "zitadel_siem_webhook_accepted_total";

/**
 * What the forwarder says that a receiver of the caller's has acknowledged. It tells how many, not which: the
 * newest events are taken for the undelivered ones. Each login check makes a record in the pod that reads ZITADEL's
 * log, and one in another pod that took its call.
 */
export class MetricsDelivered implements Delivered {
  readonly duplicates = undefined;
  readonly logins = undefined;
  readonly #acknowledged: Count[] = [];
  readonly #callsTaken: Count[] = [];

  /** @param metricsUrls the metrics of the pods that run, the one that reads events and logs first */
  constructor(private readonly metricsUrls: () => readonly string[]) {}

  async refresh(): Promise<void> {
    for (const [pod, url] of this.metricsUrls().entries()) {
      const text = await fetch(url).then(
        (response) => response.text(),
        () => "",
      );
      this.#acknowledged[pod] ??= new Count(ACKNOWLEDGED);
      this.#acknowledged[pod].take(text);
      if (pod === 0) continue;
      this.#callsTaken[pod] ??= new Count(CALLS_TAKEN);
      this.#callsTaken[pod].take(text);
    }
  }

  undelivered({ events, checks }: Pick<Written, "events" | "checks">): number[] {
    const sum = (counts: Count[]) => counts.reduce((total, count) => total + count.total, 0);
    const delivered = sum(this.#acknowledged) - sum(this.#callsTaken) - checks.size;
    return [...events.values()].sort((a, b) => a - b).slice(Math.max(0, delivered));
  }
}

/** A counter of a pod, with what it counted before restarts. */
class Count {
  total = 0;
  #before = 0;

  constructor(private readonly name: string) {}

  take(metrics: string): void {
    const lines = metrics.matchAll(new RegExp(`^${this.name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
    const now = [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
    // A restarted forwarder counts from 0 again.
    this.total += now < this.#before ? now : now - this.#before;
    this.#before = now;
  }
}
