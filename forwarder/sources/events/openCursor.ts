import type { Logger } from "pino";
import type { Configuration } from "../../../contract";
import type { Checkpoint } from "../../checkpoint/checkpoint";
import type { SourceJournal } from "../../journal/sourceJournal";
import { formatMicros } from "../../records/micros";
import { createNotice, type Notice } from "../../records/notice";
import type { JournalRecord } from "../../records/record";
import type { EventsClient, Instance } from "../../zitadel/client";
import type { ZitadelClock } from "../../zitadel/clock";
import type { Retries } from "../../zitadel/retry";
import { ZitadelError } from "../../zitadel/zitadelError";
import { commitWithBackpressure } from "../backpressure";
import { startMicros } from "./begin";
import type { Checkpoints } from "./checkpoints";
import { SOURCE } from "./commits";
import { type Cursor, parseCursor } from "./cursor";
import type { Metrics } from "./metrics";
import { clippedNotice, type Retention } from "./retention";
import type { Selection } from "./selection";

export interface OpenCursorOptions {
  events: Configuration["events"];
  journal: SourceJournal;
  client: EventsClient;
  checkpoints: Checkpoints;
  retries: Retries;
  retention: Retention;
  zitadelClock: ZitadelClock;
  instance: Instance;
  selection: Selection;
  /** Hears of a lost journal before anything is read again, and what its last checkpoint says. */
  journalLost?(checkpoint: Checkpoint): void;
  metrics: Metrics;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Where reading goes on: at the journal's cursor; at the checkpoint when the journal was lost; at `startFrom` at a
 * first start. What was lost on the way (the journal, events that ZITADEL's retention took away meanwhile) is
 * reported. The cursor is committed when this returns.
 */
export async function openCursor(options: OpenCursorOptions): Promise<Cursor> {
  const { events, journal, client, checkpoints, retries, zitadelClock, instance } = options;
  const { selection, metrics, logger, signal } = options;
  const kept = journal.readCursor(SOURCE);
  const notices: { notice: Notice; key: string }[] = [];
  let cursor: Cursor;
  let delivered: JournalRecord[] = [];
  if (kept !== undefined) {
    cursor = withFilter(parseCursor(kept));
    if (cursor.instanceId !== instance.id)
      throw new ZitadelError(
        "other instance",
        `the journal holds events of the ZITADEL instance ${cursor.instanceId}, and zitadel.issuer is instance ${instance.id}`,
        { remedy: "set zitadel.issuer back, or give this instance a journal of its own", retry: "never" },
      );
  } else {
    const checkpoint = await retries.until(() => checkpoints.read(instance.id, signal), signal);
    const start =
      checkpoint?.sweptMicros ??
      (await retries.until(
        () => startMicros(events, client, instance, zitadelClock.latest(), signal),
        signal,
      ));
    cursor = begun(start, checkpoint);
    if (checkpoint) {
      options.journalLost?.(checkpoint);
      delivered = checkpoint.ahead.map(([createdMicros, id]) => ({
        id,
        source: "events",
        createdMicros,
        body: "",
      }));
      const message = `the journal was lost: reading resumes at ${formatMicros(checkpoint.deliveredMicros)}, up to where everything had been delivered; what was delivered after the last checkpoint (${checkpoint.writtenDate}) is delivered again`;
      logger.error({ journal: checkpoint.journalId }, message);
      metrics.journalLost.inc();
      notices.push({
        notice: {
          type: "journal_lost",
          message,
          resumedFrom: formatMicros(start),
          checkpointDate: checkpoint.writtenDate,
        },
        key: `${checkpoint.journalId} ${checkpoint.writtenDate}`,
      });
    } else logger.info({ from: formatMicros(start) }, "first start");
  }

  const from = cursor.edges.tail;
  if (delivered.length > 0) journal.commitDelivered(SOURCE, delivered, JSON.stringify(cursor));
  const ahead = { fromMicros: from, toMicros: Number.POSITIVE_INFINITY };
  const clipped = await retries.until(() => options.retention.clipped(ahead, signal), signal);
  if (clipped) {
    const { notice, key } = clippedNotice(clipped);
    logger.error({ from: notice.from, heldFrom: notice.heldFrom }, notice.message);
    metrics.clipped.inc();
    notices.push({ notice, key });
  }
  const context = { instanceId: instance.id, observedDate: formatMicros(zitadelClock.earliest()) };
  const records = notices.map(({ notice, key }) => createNotice(notice, key, context));
  await commitWithBackpressure(
    () => journal.commit(SOURCE, records, JSON.stringify(cursor)),
    options,
    signal,
  );
  return cursor;

  function begun(start: number, checkpoint: Checkpoint | undefined): Cursor {
    return {
      version: 1,
      instanceId: instance.id,
      filter: { version: 1, text: selection.text, sinceMicros: start },
      startMicros: start,
      edges: { tail: start, settled: start, swept: start },
      sweepMicros: events.sweepSeconds * 1_000_000,
      delivered: checkpoint?.buckets ?? [],
      recounted: start,
      heldFrom: start,
    };
  }

  /** A changed filter is a new version, from the tail on. */
  function withFilter(before: Cursor): Cursor {
    const sweepMicros = Math.max(before.sweepMicros, events.sweepSeconds * 1_000_000);
    if (before.filter.text === selection.text) return { ...before, sweepMicros };
    const version = before.filter.version + 1;
    const sinceMicros = before.edges.tail;
    logger.warn(
      { version, from: formatMicros(sinceMicros) },
      "events.filter was changed: what it lets through counts from here on",
    );
    return {
      ...before,
      sweepMicros,
      filter: { version, text: selection.text, sinceMicros },
      recounted: Math.max(before.recounted, sinceMicros),
    };
  }
}
