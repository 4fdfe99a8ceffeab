import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { EventsClient } from "../../../forwarder/zitadel/client";
import { monotonicClock, ZitadelClock } from "../../../forwarder/zitadel/clock";
import { Connection } from "../../../forwarder/zitadel/connection";
import type { Search } from "../../../forwarder/zitadel/search";
import { ZitadelError, type ZitadelErrorKind } from "../../../forwarder/zitadel/zitadelError";
import { type RecordedServer, type Reply, recording, serveRecordings } from "./recordedServer";

const names = readdirSync(join(__dirname, "../../recordings"))
  .map((file) => file.replace(/\.json$/, ""))
  .filter((name) => /^es-/.test(name) || /^tok-(1[78]|2)/.test(name));

/** What each recorded refusal means; every other recording holds events. */
const refusals: Record<string, ZitadelErrorKind> = {
  "es-08-event-types-31": "request refused",
  "es-10b-event-type-known-and-unknown": "unknown types",
  "es-12-aggregate-types-11": "request refused",
  "es-16c-aggregate-id-201chars": "request refused",
  "es-35-range-and-from": "request refused",
  "es-41-bad-timestamp": "request refused",
  "es-42-bad-json": "request refused",
  "es-45-limit-negative": "request refused",
  "es-46-limit-float": "request refused",
  "es-46b-limit-huge": "request refused",
  "es-49-null-body": "request refused",
  "es-50-array-body": "request refused",
  "es-53-get": "wrong address",
  "es-54-wrong-path": "wrong address",
  "es-60-no-permission": "no membership",
  "es-62-no-token": "token refused",
  "es-63-garbage-token": "token refused",
  "es-64-garbage-long-token": "token refused",
  "es-65-basic-auth": "token refused",
  "es-66-lower-bearer": "token refused",
  "es-67-wrong-host": "wrong host",
  "es-68-host-127": "wrong host",
  "es-73-x-zitadel-orgid-bogus": "missing role",
  "es-85-unknown-then-known": "unknown types",
  "es-90-org-owner": "missing role",
  "es-91-org-owner-with-org-header": "missing role",
  "es-92-iam-user-manager": "missing role",
  "es-93-deactivated-user-pat": "token refused",
  "es-95-removed-user-pat": "token refused",
  "tok-18-events-with-openid-only-token": "token refused",
  "tok-21-expired-pat": "token refused",
  "tok-22-removed-pat": "token refused",
};

const signal = new AbortController().signal;
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function clientOf(...replies: Reply[]) {
  const server: RecordedServer = await serveRecordings(...replies);
  const zitadelClock = new ZitadelClock(monotonicClock);
  const connection = new Connection({
    issuer: "http://zitadel.example:8080",
    address: server.url,
    clock: monotonicClock,
    zitadelClock,
  });
  const refused: string[] = [];
  const tokens = {
    get: async () => `token-${refused.length}`,
    refuse: (token: string) => void refused.push(token),
  };
  open.push(connection, server);
  return { client: new EventsClient(connection, tokens), server, zitadelClock, refused };
}

/** All of time, a full page. */
const everything: Search = { fromMicros: 1, toMicros: 4_000_000_000_000_000, filter: {}, limit: 1000 };

async function errorOfAnswer(work: Promise<unknown>): Promise<ZitadelError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ZitadelError);
  return error as ZitadelError;
}

describe("the client, on recorded answers", () => {
  test.each(names)("%s means what it meant", async (name) => {
    const { request, response } = recording(name);
    const { client } = await clientOf(response);
    const kind = refusals[name];
    if (kind) {
      const problem = await errorOfAnswer(client.search(everything, signal));
      expect(problem.kind).toBe(kind);
      expect(problem.remedy).not.toBe("");
      expect(problem.message).toContain(String(response.status));
      return;
    }
    const asked = parsed(request.body);
    const { eventTypes, aggregateTypes, aggregateId, resourceOwner } = asked;
    const filter = { eventTypes, aggregateTypes, aggregateId, resourceOwner };
    const page = await client.search({ ...everything, filter }, signal);
    const events = JSON.parse(response.body).events ?? [];
    expect(page.size).toBe(events.length);
    expect(page.poison).toEqual([]);
    expect(page.events.map(({ event }) => event)).toEqual(events);
    if (page.events[0])
      expect(page.events[0].createdMicros % 1_000_000).toBe(fractionOf(events[0].creationDate));
  });

  test("an answer that ignores the filter stops the source", async () => {
    // es-43: ZITADEL ignores a field that it does not know, and reads everything.
    const { response } = recording("es-43-unknown-field");
    for (const filter of [
      { eventTypes: ["user.human.added"] },
      { aggregateTypes: ["user"] },
      { aggregateId: "1" },
      { resourceOwner: "1" },
      { editorUserId: "1" },
    ]) {
      const { client } = await clientOf(response);
      const problem = await errorOfAnswer(client.search({ ...everything, filter }, signal));
      expect(problem).toMatchObject({ kind: "contradiction", details: { retry: "never" } });
    }
    for (const bounds of [
      { fromMicros: 1, toMicros: 2 },
      { fromMicros: everything.toMicros - 1, toMicros: everything.toMicros },
    ]) {
      const { client } = await clientOf(response);
      const problem = await errorOfAnswer(client.search({ ...everything, ...bounds }, signal));
      expect(problem.kind).toBe("contradiction");
    }
    const { client } = await clientOf(recording("es-00-default-limit3").response);
    expect((await errorOfAnswer(client.search({ ...everything, limit: 2 }, signal))).kind).toBe(
      "contradiction",
    );
  });

  test("bounds are exclusive: the microsecond before the first, and the one after the last", async () => {
    const { client, server } = await clientOf(recording("es-25-range-both-exact-pm1us").response);
    const at = Date.parse("2026-11-22T10:03:08Z") * 1000 + 486_974;
    const page = await client.search({ ...everything, fromMicros: at, toMicros: at + 1 }, signal);
    expect(page.events.map(({ createdMicros }) => createdMicros)).toEqual([at]);
    expect(JSON.parse(server.requests[0]!.body).range).toEqual(
      JSON.parse(recording("es-25-range-both-exact-pm1us").request.body!).range,
    );
  });

  test("the instance is addressed by its own host when the address is another", async () => {
    const { client, server } = await clientOf(recording("mgmt-instance-me").response);
    const instance = await client.instance(signal);
    expect(instance).toEqual({
      id: "400719665489251366",
      version: "v4.13.1",
      creationDate: "2026-11-22T10:32:15.144381Z",
    });
    expect(server.requests[0]!.headers["x-zitadel-instance-host"]).toBe("zitadel.example:8080");
  });

  test("the lists of types are read", async () => {
    const types = await clientOf(recording("et-types-viewer").response);
    expect((await types.client.eventTypes(signal)).length).toBe(547);
    const aggregates = await clientOf(recording("et-aggregates").response);
    expect((await aggregates.client.aggregateTypes(signal)).length).toBe(28);
  });

  test("a refused token is replaced once", async () => {
    const refusal = recording("es-63-garbage-token").response;
    const { client, server, refused } = await clientOf(refusal, recording("es-02-limit1").response);
    expect((await client.search(everything, signal)).size).toBe(1);
    expect(refused).toEqual(["token-0"]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer token-0",
      "Bearer token-1",
    ]);
  });

  test("poison is told apart and holds up nothing", async () => {
    const { response } = recording("es-00-default-limit3");
    const body = JSON.parse(response.body);
    delete body.events[0].aggregate.id;
    body.events[1].sequence = "minus one";
    const good = body.events[2];
    const more = [
      { ...good, creationDate: "yesterday" },
      { ...good, type: {} },
      { ...good, sequence: "0" },
      null,
      [],
      "x",
    ];
    const { client } = await clientOf({
      ...response,
      body: JSON.stringify({ events: [...body.events, ...more] }),
    });
    const page = await client.search(everything, signal);
    expect(page.size).toBe(9);
    expect(page.events.map(({ event }) => event)).toEqual([good]);
    expect(page.poison.map(({ fault }) => fault)).toEqual([
      "has no aggregate id",
      "has no usable sequence",
      "has no usable creation date",
      "has no event type",
      "has no usable sequence",
      "is not an object",
      "is not an object",
      "is not an object",
    ]);
  });

  test.each([
    ["<html>", "garbage"],
    ['{"events":[', "garbage"],
    ["[]", "garbage"],
    ['{"events":{}}', "garbage"],
    ['{"event":[]}', "garbage"],
    ["null", "garbage"],
  ])("a body that is no answer to a search: %s", async (body, kind) => {
    const { client } = await clientOf({ status: 200, rawHeaders: [], body });
    expect((await errorOfAnswer(client.search(everything, signal))).kind).toBe(kind);
  });

  test.each([
    [503, '{"code":14,"message":"connection refused"}', "unavailable", "soon"],
    [429, "", "throttled", "soon"],
    [500, '{"code":13,"message":"internal"}', "server error", "soon"],
    [502, "<html>bad gateway</html>", "server error", "soon"],
    [504, "", "slow", "soon"],
    [302, "", "wrong address", "later"],
  ] as const)("status %i %s", async (status, body, kind, retry) => {
    const { client } = await clientOf({ status, rawHeaders: ["Retry-After", "7", "Location", "/x"], body });
    const problem = await errorOfAnswer(client.search(everything, signal));
    expect(problem).toMatchObject({ kind, details: { retry, status, retryAfterMillis: 7000 } });
  });

  test("no answer in time is slow, no connection unreachable", async () => {
    const { client, server } = await clientOf(recording("es-02-limit1").response);
    await server.close();
    expect((await errorOfAnswer(client.search(everything, signal))).kind).toBe("unreachable");
  });

  test("no problem repeats the token", async () => {
    const body = '{"code":3,"message":"bad header: Bearer token-0"}';
    const { client } = await clientOf({ status: 400, rawHeaders: [], body });
    expect((await errorOfAnswer(client.search(everything, signal))).message).not.toContain("token-0");
  });

  test("the Date header tells ZITADEL's time", async () => {
    const { client, zitadelClock } = await clientOf(recording("es-02-limit1").response);
    await client.search(everything, signal);
    const date = Date.parse("Sun, 22 Nov 2026 10:03:27 GMT") * 1000;
    expect(zitadelClock.earliest()).toBeLessThanOrEqual(date + 1_000_000);
    expect(zitadelClock.latest()).toBeGreaterThanOrEqual(date);
    expect(zitadelClock.latest() - zitadelClock.earliest()).toBeLessThan(60_000_000);
  });
});

function parsed(body: string | null): Record<string, never> {
  return body ? JSON.parse(body) : {};
}

function fractionOf(creationDate: string): number {
  return Number((/\.(\d+)Z$/.exec(creationDate)?.[1] ?? "").padEnd(6, "0"));
}
