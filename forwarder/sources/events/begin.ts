import type { Configuration } from "../../../components/configuration";
import { creationMicros, formatMicros } from "../../records/micros";
import type { EventsClient, Instance } from "./client";
import { Problem } from "./problem";

/** Before anything that ZITADEL wrote. Microseconds since 1970. */
const EPOCH = 0;
/** An instance's first events may be older than what it says of itself by a long transaction. Microseconds. */
const SLACK = 3_600_000_000;

/**
 * Where a first start begins to read, microseconds since 1970.
 *
 * @param nowMicros ZITADEL's time
 */
export async function startMicros(
  events: Configuration["events"],
  client: Pick<EventsClient, "search">,
  instance: Instance,
  nowMicros: number,
  signal: AbortSignal,
): Promise<number> {
  const { startFrom, filter } = events;
  const start =
    startFrom === "beginning"
      ? (await beginning(client, instance, nowMicros, signal)) - SLACK
      : typeof startFrom === "string"
        ? creationMicros(startFrom)
        : await createdAt(startFrom.userId, client, nowMicros, signal);
  return Math.max(start, filter.from === undefined ? EPOCH : creationMicros(filter.from));
}

/** When a machine user was created: an event that is found again at each first start. */
async function createdAt(
  userId: string,
  client: Pick<EventsClient, "search">,
  nowMicros: number,
  signal: AbortSignal,
): Promise<number> {
  const { events } = await client.search(
    {
      fromMicros: EPOCH,
      toMicros: nowMicros,
      filter: { aggregateTypes: ["user"], eventTypes: ["user.machine.added"], aggregateId: userId },
      limit: 1,
    },
    signal,
  );
  if (events[0]) return events[0].createdMicros;
  throw new Problem(
    "start not found",
    `events.startFrom names the user ${userId}, whose creation ZITADEL's events do not hold`,
    { remedy: "give events.startFrom a time or 'beginning'", retry: "later" },
  );
}

async function beginning(
  client: Pick<EventsClient, "search">,
  instance: Instance,
  nowMicros: number,
  signal: AbortSignal,
): Promise<number> {
  const created = creationMicros(instance.creationDate);
  const oldest = await oldestHeld(client, nowMicros, signal);
  return oldest === undefined ? created : Math.min(created, oldest);
}

/** Creation time of the oldest event that ZITADEL still serves; undefined when it serves none. */
async function oldestHeld(
  client: Pick<EventsClient, "search">,
  nowMicros: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { events } = await client.search(
    { fromMicros: EPOCH, toMicros: nowMicros, filter: {}, limit: 1 },
    signal,
  );
  return events[0]?.createdMicros;
}

/**
 * Whether ZITADEL's audit-log retention has taken away events created at `fromMicros` or later: it clips
 * without a word. Told by the oldest event that it still serves, of any type: when that is later than
 * `fromMicros`, and later than the instance itself came into being, something before it is gone.
 * Gives the time from which on it still holds events, or undefined when nothing is missing.
 */
export async function clippedBefore(
  fromMicros: number,
  client: Pick<EventsClient, "search">,
  instance: Instance,
  nowMicros: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const oldest = await oldestHeld(client, nowMicros, signal);
  if (oldest === undefined) return nowMicros;
  if (oldest <= fromMicros || oldest <= creationMicros(instance.creationDate) + SLACK) return undefined;
  return oldest;
}

/** For messages. */
export function clippedMessage(fromMicros: number, heldFromMicros: number): string {
  return `ZITADEL no longer holds events from ${formatMicros(fromMicros)} to ${formatMicros(heldFromMicros)}: its audit-log retention removed them before they were read`;
}
