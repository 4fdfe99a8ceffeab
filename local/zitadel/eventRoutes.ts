import type { IncomingHttpHeaders } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { shownHistory } from "./details";
import { acceptEventSearch, type EventSearch, readEventSearch } from "./eventSearch";
import { EventText } from "./eventText";
import type { Instance } from "./instance";
import type { Message } from "./protojson";
import { type Call, type Route, route } from "./route";

/** What tests change while the stand-in runs. */
export interface ReadConditions {
  /** Seconds: older events are not shown; undefined: all are. */
  auditLogRetention: number | undefined;
  /** Milliseconds that an answer takes, by the number of its events. */
  pageLatency: (events: number) => number;
}

/** The Events API, and what else a reader of events asks for. */
export function eventRoutes(instance: Instance, conditions: ReadConditions): Route[] {
  const textFor = (headers: IncomingHttpHeaders) =>
    new EventText(headers["accept-language"], (id) => instance.directory.displayName(id));
  const search = route("POST", "/admin/v1/events/_search", "events.read", (call) =>
    answerSearch(instance, conditions, call, textFor(call.headers)),
  );
  const list = (path: string, kind: "EventTypes" | "AggregateTypes") =>
    route("POST", path, "events.read", ({ headers }) => textFor(headers).list(kind));
  return [
    { ...search, read: (body: Message) => void readEventSearch(body) },
    list("/admin/v1/events/types/_search", "EventTypes"),
    list("/admin/v1/aggregates/types/_search", "AggregateTypes"),
    route("GET", "/admin/v1/instances/me", "iam.read", () => ({ instance: shownInstance(instance) })),
    route("GET", "/admin/v1/healthz", undefined, () => ({})),
  ];
}

async function answerSearch(
  instance: Instance,
  conditions: ReadConditions,
  { body }: Call,
  text: EventText,
): Promise<string> {
  const filter = acceptEventSearch(retained(instance, conditions, readEventSearch(body)));
  const startedAt = performance.now();
  const rows = filter ? await instance.store.search(filter) : [];
  const answer = text.answer(rows);
  const latency = conditions.pageLatency(rows.length) - (performance.now() - startedAt);
  if (latency > 0) await delay(latency);
  return answer;
}

function retained(
  instance: Instance,
  { auditLogRetention }: ReadConditions,
  search: EventSearch,
): EventSearch {
  if (auditLogRetention === undefined) return search;
  const oldest = instance.clock.now() - auditLogRetention * 1e6;
  return { ...search, since: Math.max(search.since ?? oldest, oldest) };
}

function shownInstance(instance: Instance): object {
  const { directory, id, options } = instance;
  const domains = [...directory.domains].map(([domain, { history, generated }]) => ({
    details: shownHistory(history),
    domain,
    ...(generated && { generated }),
    ...(domain === directory.primaryDomain && { primary: true }),
  }));
  return {
    id,
    details: shownHistory(directory.instance!),
    state: "STATE_RUNNING",
    name: "ZITADEL",
    version: `v${options.version}`,
    domains,
  };
}
