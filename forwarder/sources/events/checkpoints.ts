import type { Logger } from "pino";
import {
  type Bucket,
  type Checkpoint,
  type CheckpointStore,
  digestOfIds,
  joinBuckets,
  type LoginsCheckpoint,
  parseCheckpoint,
} from "../../checkpoint/checkpoint";
import type { SourceJournal } from "../../journal/sourceJournal";
import { formatMicros } from "../../records/micros";
import type { MonotonicClock, ZitadelClock } from "../../zitadel/clock";
import { ZitadelError } from "../../zitadel/zitadelError";
import type { Cursor } from "./cursor";
import type { Span } from "./window";

/** How often a checkpoint is written. Milliseconds. */
const EVERY_MILLIS = 30_000;
/** How long the last one may take. Milliseconds. */
const LAST_MILLIS = 5_000;
/** What was delivered in the sweep is summed up in so many buckets of time at most. */
const BUCKETS = 180;
/** Buckets with few events are joined to about so many: all of them are delivered again when one is late. */
const BUCKET_EVENTS = 50;
/** At most so many events are named one by one. */
const MOST_AHEAD = 2000;
/** A ConfigMap takes 1 MiB; a bucket takes less than 80 bytes. */
const MOST_BUCKETS = 2000;

export interface CheckpointsOptions {
  store: CheckpointStore;
  /** The journal that the checkpoint is about. */
  journalId: string;
  /** Creation time of the oldest event that some destination has not acknowledged, microseconds; undefined: none. */
  oldestUndelivered: () => number | undefined;
  /** What is known of the other replicas' journals. */
  logins?: () => LoginsCheckpoint | undefined;
}

/** Keeps the checkpoint up to date; without a place to keep it, does nothing. */
export class Checkpoints {
  private writtenAt = Number.NEGATIVE_INFINITY;
  private writing: Promise<void> | undefined;
  private readonly counted = new Map<number, Bucket>();
  failing = false;

  constructor(
    private readonly options: {
      place: CheckpointsOptions | undefined;
      journal: SourceJournal;
      position: () => Readonly<Cursor> | undefined;
      /** Committed events that were created after the tail edge: ids and creation times. */
      ahead: () => ReadonlyMap<string, number>;
      clock: MonotonicClock;
      zitadelClock: ZitadelClock;
      logger: Logger;
      signal: AbortSignal;
    },
  ) {}

  /** The checkpoint of this or of an earlier journal. Throws a ZitadelError when it cannot be read or is another instance's. */
  async read(instanceId: string, signal: AbortSignal): Promise<Checkpoint | undefined> {
    const { place } = this.options;
    if (!place) return undefined;
    let text: string | undefined;
    try {
      text = await place.store.read(signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new ZitadelError(
        "checkpoint unreadable",
        `the checkpoint cannot be read: ${(error as Error).message}`,
        {
          remedy: "let the pod get and patch the ConfigMap that --checkpoint names",
          retry: "soon",
        },
      );
    }
    if (text === undefined) return undefined;
    const checkpoint = parseCheckpoint(text);
    const remedy =
      "remove the key 'checkpoint' from the ConfigMap that --checkpoint names, and the first start begins at events.startFrom";
    if (!checkpoint)
      throw new ZitadelError("checkpoint unreadable", "the checkpoint is not one of this version", {
        remedy,
        retry: "never",
      });
    if (checkpoint.instanceId !== instanceId)
      throw new ZitadelError(
        "other instance",
        `the checkpoint is of the ZITADEL instance ${checkpoint.instanceId}, and zitadel.issuer is instance ${instanceId}`,
        { remedy: `set zitadel.issuer back, or ${remedy}`, retry: "never" },
      );
    return checkpoint;
  }

  /** Records were added in this span. */
  changed(span: Span): void {
    for (const [from, bucket] of this.counted)
      if (from < span.toMicros && bucket[1] > span.fromMicros) this.counted.delete(from);
  }

  /** Writes a checkpoint in the background when it is time. */
  due(): void {
    const { place, clock } = this.options;
    if (!place || this.writing || clock.now() < this.writtenAt + EVERY_MILLIS) return;
    this.writing = this.write(this.options.signal).finally(() => {
      this.writing = undefined;
    });
  }

  /** Writes a last checkpoint before the process ends. */
  async last(): Promise<void> {
    await this.writing;
    await this.write(AbortSignal.timeout(LAST_MILLIS));
  }

  private async write(signal: AbortSignal): Promise<void> {
    const { place, clock, logger } = this.options;
    const text = this.text();
    if (!place || text === undefined) return;
    this.writtenAt = clock.now();
    try {
      await place.store.write(text, signal);
      if (this.failing) logger.info({}, "the checkpoint is written again");
      this.failing = false;
    } catch (error) {
      if (signal.aborted) return;
      if (!this.failing) logger.error({}, `the checkpoint cannot be written: ${(error as Error).message}`);
      this.failing = true;
    }
  }

  private text(): string | undefined {
    const { place, position, zitadelClock } = this.options;
    const cursor = position();
    if (!place || !cursor) return undefined;
    const { tail, swept } = cursor.edges;
    const undelivered = place.oldestUndelivered() ?? Number.POSITIVE_INFINITY;
    const deliveredMicros = Math.min(undelivered, tail);
    const ahead = Array.from(this.options.ahead()).filter(([, createdMicros]) => createdMicros < undelivered);
    const checkpoint: Checkpoint = {
      version: 1,
      journalId: place.journalId,
      instanceId: cursor.instanceId,
      writtenDate: formatMicros(zitadelClock.earliest()),
      tailMicros: tail,
      sweptMicros: Math.min(swept, deliveredMicros),
      deliveredMicros,
      buckets: this.buckets(
        Math.min(swept, deliveredMicros),
        deliveredMicros,
        Math.ceil(cursor.sweepMicros / BUCKETS),
      ),
      ahead: ahead.slice(0, MOST_AHEAD).map(([id, createdMicros]) => [createdMicros, id]),
      logins: place.logins?.(),
    };
    return JSON.stringify(checkpoint);
  }

  /** What the journal committed between two times, summed up in buckets of `width` that do not move. */
  private buckets(fromMicros: number, toMicros: number, width: number): Bucket[] {
    const buckets: Bucket[] = [];
    for (let from = fromMicros; from < toMicros; ) {
      const grid = Math.floor(from / width) * width + width;
      const to = Math.min(grid, toMicros);
      const known = this.counted.get(from);
      if (known && known[1] === to) buckets.push(known);
      else {
        const ids = this.options.journal.idsCreatedBetween(from, to);
        const bucket: Bucket = [from, to, ids.length, digestOfIds(ids)];
        buckets.push(bucket);
        if (to === grid) this.counted.set(from, bucket);
      }
      from = to;
    }
    for (const from of this.counted.keys()) if (from < fromMicros) this.counted.delete(from);
    // What is left out is delivered again after a loss of the journal: duplicates, no loss.
    return joinBuckets(buckets, BUCKET_EVENTS).slice(-MOST_BUCKETS);
  }
}
