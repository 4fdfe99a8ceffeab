import type { Batch, Destination, Outcome } from "../../../forwarder/destinations/destination";
import type { Journal } from "../../../forwarder/journal/journal";
import { openJournal } from "../../../forwarder/journal/open";
import type { RangeReader } from "../../../forwarder/journal/sourceJournal";
import { Attempts } from "../../../forwarder/lanes/attempts";
import { Backfill } from "../../../forwarder/lanes/backfill";
import { Lane } from "../../../forwarder/lanes/lane";
import { PositionCommits } from "../../../forwarder/lanes/positionCommits";
import type { Formatter } from "../../../forwarder/records/formats/formatter";
import type { JournalRecord } from "../../../forwarder/records/record";

/** The formatter of a destination without filter that takes records as the journal keeps them. */
export const asStored: Formatter = (body) => body;

/** A destination whose answers the test chooses; it remembers what it acknowledged. */
export class ScriptedDestination implements Destination {
  readonly kind = "scripted";
  readonly level = "accepted";
  readonly received = new Map<string, number>();
  attempts = 0;
  answer: (batch: Batch) => Outcome | Promise<Outcome> = () => ({ kind: "acknowledged" });

  up(): void {
    this.answer = () => ({ kind: "acknowledged" });
  }

  down(): void {
    this.answer = () => ({ kind: "retry", reason: "down" });
  }

  async deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    this.attempts += 1;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const outcome = await this.answer(batch);
    if (outcome.kind === "acknowledged")
      for (const { id } of batch.records) this.received.set(id, (this.received.get(id) ?? 0) + 1);
    return outcome;
  }

  async close(): Promise<void> {}
}

/** What ZITADEL shows at this moment: ranges are read page by page, each as visible when it is read. */
export class VisibleEvents implements RangeReader {
  readonly records: JournalRecord[] = [];
  reads = 0;

  async *read({ fromMicros, toMicros }: { fromMicros: number; toMicros: number }, signal: AbortSignal) {
    this.reads += 1;
    const PAGE_MICROS = 20_000;
    for (let from = fromMicros; from < toMicros; from += PAGE_MICROS) {
      signal.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
      const throughMicros = Math.min(toMicros, from + PAGE_MICROS);
      yield {
        records: this.records.filter(
          ({ createdMicros }) => createdMicros >= from && createdMicros < throughMicros,
        ),
        throughMicros,
      };
    }
  }

  readThroughMicros(): number {
    return Math.max(0, ...this.records.map(({ createdMicros }) => createdMicros + 1));
  }
}

/** Journal and lanes at work in this process, until they are stopped at an arbitrary moment. */
export class RunningLanes {
  readonly journal: Journal;
  readonly lanes: Lane[] = [];
  readonly clipped: { lane: string; from: number; heldFrom: number }[] = [];
  /** Ranges that were to be read again later: of which lane, and the error's name. */
  readonly failed: [lane: string, error: string][] = [];
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];

  constructor(
    folder: string,
    destinations: Record<string, Destination>,
    reader: RangeReader,
    options: {
      maxBytes?: number;
      maxRecords?: number;
      inFlight?: number;
      batchBytes?: number;
      formatter?: Formatter;
    } = {},
  ) {
    const {
      maxBytes = 1 << 20,
      maxRecords = 7,
      inFlight = 2,
      batchBytes = 1 << 20,
      formatter = asStored,
    } = options;
    this.journal = openJournal(folder, maxBytes, "test").journal;
    this.journal.serve(Object.keys(destinations));
    const commits = new PositionCommits(this.journal, () => 0);
    for (const [name, destination] of Object.entries(destinations)) {
      const attempts = new Attempts(
        destination,
        () => 0,
        { delivered() {}, failed() {}, setAside() {}, obstructed() {}, recovered() {} },
        () => !this.journal.status().deadLettersFull,
      );
      const lane = new Lane(
        { name, limits: { maxRecords, maxBytes: batchBytes }, formatter, inFlight },
        this.journal,
        attempts,
        commits,
      );
      const reports = {
        clipped: (lane: string, from: number, heldFrom: number) =>
          this.clipped.push({ lane, from, heldFrom }),
        failed: (lane: string, error: unknown) => this.failed.push([lane, (error as Error).name]),
        finished() {},
      };
      const backfill = new Backfill(lane, this.journal, reader, reports, () => 0);
      this.lanes.push(lane);
      const { signal } = this.#stop;
      this.#loops.push(lane.follow(signal, signal), backfill.run(signal, signal));
    }
  }

  /** Ends at once, whatever is under way: what is not committed is forgotten. */
  async crash(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    this.journal.close();
  }
}

/** Resolves when the condition holds; rejects after ten seconds. */
export async function until(condition: () => boolean, what = "the condition"): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come to hold within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
