/** What arrived at the receiver. */
import { closeSync, openSync, readSync } from "node:fs";
import { creationMicros } from "../../forwarder/records/micros";
import type { EventRecordBody, NoticeRecordBody } from "../../forwarder/records/record";
import { eventKey } from "./tally";

export interface Delivered {
  refresh(): Promise<void>;
  /** Creation times (microseconds) of those events that have not arrived. */
  undelivered(written: ReadonlyMap<string, number>): number[];
  /** Arrivals of a record beyond its first; undefined where that cannot be known. */
  readonly duplicates: number | undefined;
}

/** Bytes read from the receiver's file at once. */
const PART = 1 << 20;

/** The records in the file of the run's own receiver, read as it grows. */
export class FileDelivered implements Delivered {
  duplicates = 0;
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

  undelivered(written: ReadonlyMap<string, number>): number[] {
    return [...written].filter(([key]) => !this.#keys.has(key)).map(([, created]) => created);
  }

  #take(bytes: Buffer): void {
    const end = bytes.lastIndexOf("\n");
    this.#rest = Buffer.from(bytes.subarray(end + 1));
    for (const line of bytes
      .subarray(0, end + 1)
      .toString()
      .split("\n")) {
      if (line === "") continue;
      const record = JSON.parse(line) as EventRecordBody | NoticeRecordBody;
      if (record.road !== "events") continue;
      const { aggregate, sequence, creationDate } = record.event;
      const key = eventKey(aggregate.type.type, aggregate.id, sequence, creationMicros(creationDate));
      if (this.#keys.has(key)) this.duplicates += 1;
      this.#keys.add(key);
    }
  }
}

/**
 * What the forwarder says that a receiver of the caller's has acknowledged. It tells how many, not which: the
 * newest are taken for the undelivered ones.
 */
export class MetricsDelivered implements Delivered {
  readonly duplicates = undefined;
  #acknowledged = 0;
  #before = 0;

  /** @param metricsUrl the forwarder's metrics; undefined while it is not running */
  constructor(private readonly metricsUrl: () => string | undefined) {}

  async refresh(): Promise<void> {
    const url = this.metricsUrl();
    if (url === undefined) return;
    const text = await fetch(url).then(
      (response) => response.text(),
      () => "",
    );
    const counts = [...text.matchAll(/^zitadel_siem_records_delivered_total\{[^}]*\} (\S+)$/gm)];
    const now = counts.reduce((sum, [, count]) => sum + Number(count), 0);
    // A restarted forwarder counts from 0 again.
    this.#acknowledged += now < this.#before ? now : now - this.#before;
    this.#before = now;
  }

  undelivered(written: ReadonlyMap<string, number>): number[] {
    return [...written.values()].sort((a, b) => a - b).slice(this.#acknowledged);
  }
}
