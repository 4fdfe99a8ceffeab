import type { Configuration } from "../../../contract";
import { creationMicros } from "../../records/micros";
import type { EventsClient, Instance } from "../../zitadel/client";
import { ZitadelError } from "../../zitadel/zitadelError";
import { FIRST_EVENTS_SLACK, oldestHeld } from "./retention";

/** Before anything that ZITADEL wrote. Microseconds since 1970. */
const EPOCH = 0;

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
      ? (await beginning(client, instance, nowMicros, signal)) - FIRST_EVENTS_SLACK
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
  throw new ZitadelError(
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
