import type { Logger } from "pino";
import { ConditionVariable, pause, untilAborted } from "../../concurrency/waiting";
import { JournalFullError, type SourceJournal } from "../../journal/sourceJournal";
import { createNotice } from "../../records/notice";
import type { JournalRecord } from "../../records/record";
import { commitWithBackpressure } from "../backpressure";
import type { Metrics } from "./metrics";
import type { Gap, Position } from "./step";

/** The source's name in the journal. */
const SOURCE = "stdout";
/** What lines brought is gathered for so long and committed at once. Milliseconds. */
const GATHER_MILLIS = 100;
/** Positions without a record are kept on disk this often. Milliseconds. */
const CURSOR_MILLIS = 5_000;
/** With so many records waiting nothing more is read. */
const MOST_PENDING = 2_000;

export interface CommitsOptions {
  journal: SourceJournal;
  logger: Logger;
  metrics: Metrics;
  /** What a record made now says besides itself. */
  context(): { instanceId: string; observedDate: string };
}

/** Gathers records with the positions of the lines that held them, and commits both in one transaction. */
export class Commits {
  /** By container: how far its log was taken. */
  readonly positions: Map<string, Position>;
  #pending: JournalRecord[] = [];
  #moved = false;
  #committedAt = Number.NEGATIVE_INFINITY;
  readonly #committed = new ConditionVariable();

  constructor(private readonly options: CommitsOptions) {
    this.positions = readPositions(options.journal.readCursor(SOURCE));
  }

  /** Takes what was read up to a position; a position of undefined is the container's end. */
  take(key: string, position: Position | undefined, records: readonly JournalRecord[] = []): void {
    this.#pending.push(...records);
    if (position) this.positions.set(key, position);
    else this.positions.delete(key);
    this.#moved = true;
  }

  /** Reports that lines are served no more, which may have held records. */
  takeGap(key: string, position: Position | undefined, gap: Gap): void {
    const { metrics, logger, context } = this.options;
    const { pod, container, from, to } = gap;
    const message =
      "lines of a container's log were gone before they could be read: login records among them come from the events";
    metrics.gaps.inc();
    logger.error({ pod, container, from, to }, message);
    const notice = createNotice(
      { type: "stdout_gap", message, pod, container, from, to },
      `${key} ${from} ${to}`,
      context(),
    );
    this.take(key, position, [notice]);
  }

  /** Whether reading should stop until what waits is committed. */
  get full(): boolean {
    return this.#pending.length >= MOST_PENDING;
  }

  /** Resolves when what waits was committed; at once when little waits. */
  async waitForSpace(signal: AbortSignal): Promise<void> {
    while (this.full && !signal.aborted) await untilAborted(this.#committed.wait(signal), signal);
  }

  /** Commits until the signal is aborted, then once more what was taken. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(GATHER_MILLIS, signal);
      if (this.#due())
        await untilAborted(
          commitWithBackpressure(() => this.#store(), this.options, signal),
          signal,
        );
    }
    try {
      if (this.#moved) this.#store();
    } catch (error) {
      // Without space it is read again at the next start.
      if (!(error instanceof JournalFullError)) throw error;
    }
  }

  #due(): boolean {
    if (this.#pending.length > 0) return true;
    return this.#moved && performance.now() >= this.#committedAt + CURSOR_MILLIS;
  }

  #store(): void {
    const records = this.#pending;
    const cursor = JSON.stringify({ containers: Object.fromEntries(this.positions) });
    const { inserted, repeated } = this.options.journal.commit(SOURCE, records, cursor);
    this.#pending = [];
    this.#moved = false;
    this.#committedAt = performance.now();
    this.#committed.notifyAll();
    this.options.metrics.committed.inc(inserted);
    this.options.metrics.repeated.inc(repeated);
  }
}

function readPositions(cursor: string | undefined): Map<string, Position> {
  if (cursor === undefined) return new Map();
  const { containers } = JSON.parse(cursor) as { containers: Record<string, Position> };
  return new Map(Object.entries(containers));
}
