/** The source's loop on a virtual clock, a naive store and a journal in memory. */
import pino from "pino";
import { Registry } from "prom-client";
import { parseCheckpoint } from "../../../../forwarder/checkpoint/checkpoint";
import { PriorityMutex } from "../../../../forwarder/concurrency/priorityMutex";
import type { SourceJournal } from "../../../../forwarder/journal/sourceJournal";
import type { JournalRecord } from "../../../../forwarder/records/record";
import { Checkpoints } from "../../../../forwarder/sources/events/checkpoints";
import { type Cursor, parseCursor } from "../../../../forwarder/sources/events/cursor";
import { Following } from "../../../../forwarder/sources/events/following";
import { createMetrics } from "../../../../forwarder/sources/events/metrics";
import { Recount } from "../../../../forwarder/sources/events/recount";
import { Retention } from "../../../../forwarder/sources/events/retention";
import { WindowReader } from "../../../../forwarder/sources/events/windowReader";
import { type MonotonicClock, ZitadelClock } from "../../../../forwarder/zitadel/clock";
import { Retries } from "../../../../forwarder/zitadel/retry";
import { readPage, type Search, searchBody } from "../../../../forwarder/zitadel/search";
import { Model, type ModelEvent } from "./model";

export const BASE = 1_795_000_000_000_000;

class Crash extends Error {}

export interface World {
  /** Creation and visibility by a clock that never jumps, microseconds after BASE. */
  events: ModelEvent[];
  /** At so many milliseconds ZITADEL's clock moves by so many microseconds (and with it what it writes). */
  jumps?: { atMillis: number; byMicros: number }[];
  /** The commits, counted, before or after which the process dies. */
  crashes?: { commit: number; before: boolean }[];
  sweepSeconds: number;
  limit: number;
  latencyMillis: number;
  endMillis: number;
}

export interface Outcome {
  /** Ids in the journal, and how often each was handed to it. */
  committed: Map<string, number>;
  reads: number;
  cursor: Cursor;
  /** Largest time between an event becoming visible and its commit, milliseconds, of events visible at once. */
  lags: number[];
  statement: Recount["statement"];
  /** Events that a checkpoint says were read and that the journal did not hold when it was written. */
  claimed: string[];
  /** Checkpoints written. */
  checkpoints: number;
}

export async function simulate(world: World): Promise<Outcome> {
  const jumps = world.jumps ?? [];
  let millis = 0;
  const zitadelMicros = (at: number) =>
    BASE +
    Math.floor(at * 1000) +
    jumps.filter((jump) => jump.atMillis <= at).reduce((sum, jump) => sum + jump.byMicros, 0);
  const end = new AbortController();
  const clock: MonotonicClock = {
    now: () => millis,
    async sleep(pause, signal) {
      signal.throwIfAborted();
      millis += pause;
      if (millis >= world.endMillis) end.abort();
    },
  };
  // What ZITADEL wrote bears the time of its clock then.
  const model = new Model(
    world.events.map((event) => ({
      ...event,
      createdMicros: zitadelMicros((event.createdMicros - BASE) / 1000),
      visibleMicros: event.visibleMicros ?? event.createdMicros,
    })),
  );
  const visible = new Map(model.events.map((event) => [idOf(event), event]));
  const committed = new Map<string, number>();
  const lags: number[] = [];
  let cursorText = JSON.stringify(firstCursor(world));
  let commits = 0;
  const journal: SourceJournal = {
    readCursor: () => cursorText,
    commit(_source, records, cursor) {
      commits += 1;
      const crash = world.crashes?.find((one) => one.commit === commits);
      if (crash?.before) throw new Crash();
      let inserted = 0;
      for (const { id } of records) {
        const times = committed.get(id) ?? 0;
        if (times === 0) {
          inserted += 1;
          lags.push(millis - ((visible.get(id)?.visibleMicros ?? BASE) - BASE) / 1000);
        }
        committed.set(id, times + 1);
      }
      cursorText = cursor;
      if (crash) throw new Crash();
      return { inserted, repeated: records.length - inserted, replayed: [], forked: [] };
    },
    commitDelivered: () => undefined,
    waitForSpace: async () => undefined,
    forgetIdsBefore: () => undefined,
    forgetLoginIdsBefore: () => undefined,
    withSessions: (records) => [...records],
    idsCreatedBetween: (from, to) =>
      [...committed.keys()].filter((id) => {
        const { createdMicros } = visible.get(id)!;
        return createdMicros >= from && createdMicros < to;
      }),
  };

  const claimed: string[] = [];
  let checkpointsWritten = 0;
  const write = async (text: string) => {
    checkpointsWritten += 1;
    const { tailMicros } = parseCheckpoint(text)!;
    for (const event of model.events)
      if (
        event.createdMicros < tailMicros &&
        event.visibleMicros === event.createdMicros &&
        !committed.has(idOf(event))
      )
        claimed.push(idOf(event));
  };
  let statement: Recount["statement"] = { events: 0, missing: 0, unserved: 0 };
  while (!end.signal.aborted) {
    const { following, recount } = start();
    statement = recount.statement;
    await following.run(end.signal).catch((error) => {
      if (!(error instanceof Crash) && !end.signal.aborted) throw error;
    });
  }
  const cursor = parseCursor(cursorText);
  const checkpoints = checkpointsWritten;
  return { committed, reads: model.requests, cursor, lags, statement, claimed, checkpoints };

  function start() {
    const zitadelClock = new ZitadelClock(clock);
    const logger = pino({ level: "silent" });
    const observe = (sentAt: number) => {
      const back = zitadelClock.observe(new Date(zitadelMicros(millis) / 1000).toUTCString(), sentAt);
      if (back !== undefined) following.clockWentBack(back);
    };
    observe(millis);
    const search = async (search: Search) => {
      const sentAt = millis;
      millis += world.latencyMillis / 2;
      const text = model.answer(searchBody(search), BASE + millis * 1000);
      millis += world.latencyMillis / 2;
      observe(sentAt);
      await null;
      return readPage(text, search);
    };
    const known = { aggregateTypes: ["user", "org"], eventTypes: ["user.added", "org.added"] };
    const reader = new WindowReader({
      client: { search },
      clock,
      zitadelClock,
      mutex: new PriorityMutex(),
      known,
      limit: world.limit,
    });
    const metrics = createMetrics(new Registry(), {
      lagSeconds: () => 0,
      lastReadAgeSeconds: () => 0,
      sweepSeconds: () => 0,
      unknownTypes: () => 0,
      problem: () => 0,
    });
    const checkpoints = new Checkpoints({
      place: {
        store: { read: async () => undefined, write },
        journalId: "j",
        oldestUndelivered: () => undefined,
      },
      journal,
      position: () => following.commits.committed,
      ahead: () => following.commits.ahead,
      clock,
      zitadelClock,
      logger,
      signal: end.signal,
    });
    const recount = new Recount({
      journal,
      read: (span, filter, signal) => reader.read(span, filter, signal, false),
      filter: {},
      aggregateTypes: () => known.aggregateTypes,
      records: (read) => read.events.map(({ event, createdMicros }) => recordOf(event, createdMicros)),
      position: () => following.commits.cursor,
      heldFromMicros: () => following.commits.cursor.heldFrom,
      repair: (records, recounted) => following.commits.repair(records, recounted),
      metrics,
      logger,
    });
    const following: Following = new Following({
      events: {
        filter: {},
        startFrom: "beginning",
        sweepSeconds: world.sweepSeconds,
        readShare: 1,
        enrichment: { sessions: false, names: false },
      },
      journal,
      reader,
      clock,
      zitadelClock,
      createRecord: (event) => recordOf(event, 0),
      nameRead: async () => undefined,
      checkpoints,
      recount,
      retries: new Retries({ clock, logger, random: () => 0.5, onFailure: () => undefined }),
      retention: new Retention({ held: async () => ({ oldestMicros: 0, whole: true }), clock }),
      metrics,
      logger,
      instance: { id: "1", version: "v4", creationDate: "2026-01-01T00:00:00Z" },
      selection: { filter: {}, text: "", unknownAggregateTypes: [], unknownEventTypes: [] },
      cursor: parseCursor(cursorText),
    });
    return { following, recount };
  }
}

export function idOf(event: Pick<ModelEvent, "aggregateType" | "aggregateId" | "sequence">): string {
  return Buffer.from(`${event.aggregateType}/${event.aggregateId}/${event.sequence}`.padEnd(16, "."))
    .toString("hex")
    .slice(0, 32);
}

function recordOf(
  event: { aggregate: { id: string; type: { type: string } }; sequence: string },
  createdMicros: number,
): JournalRecord {
  const id = idOf({
    aggregateType: event.aggregate.type.type,
    aggregateId: event.aggregate.id,
    sequence: Number(event.sequence),
  });
  return { id, source: "events", createdMicros, body: "{}" };
}

function firstCursor(world: World): Cursor {
  const start = BASE - 1_000_000;
  return {
    version: 1,
    instanceId: "1",
    filter: { version: 1, text: "", sinceMicros: start },
    startMicros: start,
    edges: { tail: start, settled: start, swept: start },
    sweepMicros: world.sweepSeconds * 1_000_000,
    delivered: [],
    recounted: start,
    heldFrom: start,
  };
}
