import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { callOf, login, loginsIn, post, recordIdOf, secretOf, setLogins } from "./logins";
import { Random } from "./random";
import { untilReady } from "./readiness";
import { type Stage, until } from "./stage";

let stage: Stage | undefined;
afterEach(async () => stage?.clear());

const TEN_MEGABYTES = Buffer.alloc(10 << 20, 0x20);
const CONNECTIONS = 1_000;

test("hostile traffic gets the right answers and is counted, memory stays flat, and good calls are answered", async () => {
  stage = await setLogins({ random: new Random(1) });
  const { forwarder, receiver } = stage;
  await forwarder.start();
  await untilReady(forwarder);
  const port = forwarder.webhookPort;

  let running = true;
  const good: (number | "no answer")[] = [];
  const expected: string[] = [];
  const caller = (async () => {
    while (running) {
      const { recordId, call } = login("A");
      expected.push(recordId);
      good.push(await post(port, call));
      await delay(20);
    }
  })();
  await until("good calls are answered", 30, () => good.length > 20);
  const residentBefore = await stage.metric("process_resident_memory_bytes");

  const replayed = login("A");
  expect(await post(port, replayed.call)).toBe(204);
  const old = login("A", { time: new Date(Date.now() - 26 * 3_600_000).toISOString() });
  const forged = login("A", {}, secretOf.B);
  const answers = {
    "no secret": await post(port, { ...login("A").call, signature: undefined }),
    "another's secret": await post(port, forged.call),
    "an organization that is none": await post(port, callOf("C", forged.call.record, secretOf.B)),
    "an old signature": await post(port, old.call),
    "a replay": await post(port, replayed.call),
    "bad JSON": await post(port, `{"organization":"A",`),
    "a signed text that is no claim": await post(port, callOf("A", "{}", secretOf.A)),
    "another path": await post(port, login("A").call, { path: "/" }),
    "another method": await post(port, login("A").call, { method: "PUT" }),
    "10 MB": await post(port, TEN_MEGABYTES),
    "10 MB in chunks": await post(port, TEN_MEGABYTES, { chunked: true }),
    "a slow body": await slowly(port, "POST /logins HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"),
    "slow headers": await slowly(port, "POST /logins HTTP/1.1\r\nhost:"),
    "no HTTP": await slowly(port, "\x16\x03\x01\x02\x00\x01\r\n\r\n"),
    "huge headers": await slowly(port, `POST /logins HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`),
  };
  console.log(`hostile: ${JSON.stringify(answers)}`);
  expect(answers).toEqual({
    "no secret": 401,
    "another's secret": 403,
    "an organization that is none": 403,
    "an old signature": 409,
    "a replay": 409,
    "bad JSON": 400,
    "a signed text that is no claim": 400,
    "another path": 404,
    "another method": 405,
    "10 MB": 413,
    "10 MB in chunks": 413,
    "a slow body": 408,
    "slow headers": 408,
    "no HTTP": 400,
    "huge headers": 431,
  });

  const idle = await crowd(port, CONNECTIONS);
  const flood = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const statuses: (number | "no answer")[] = [];
      for (let call = 0; call < 60; call++) statuses.push(await post(port, forged.call));
      for (let call = 0; call < 5; call++) statuses.push(await post(port, TEN_MEGABYTES));
      return statuses;
    }),
  );
  const before = good.length;
  await until("good calls are answered beside it", 30, () => good.length > before + 20);
  const shut = idle.filter((socket) => socket.destroyed || socket.readableEnded).length;
  for (const socket of idle) socket.destroy();
  running = false;
  await caller;

  const residentAfter = await stage.metric("process_resident_memory_bytes");
  const grownMegabytes = (residentAfter! - residentBefore!) / 2 ** 20;
  const refused = countsOf((await forwarder.health("/metrics"))!.text);
  const flooded = flood.flat();
  const many = flooded.filter((status) => status === 429).length;
  console.log(
    `hostile: ${good.length} good calls, all answered 204; ${flooded.length} bad ones at once, ${many} of them 429; ` +
      `${CONNECTIONS} idle connections, ${shut} closed; memory +${grownMegabytes.toFixed(1)} MiB; ` +
      `refused: ${JSON.stringify(refused)}`,
  );
  expect(new Set(good)).toEqual(new Set([204]));
  expect(many).toBeGreaterThan(0);
  expect(new Set(flooded)).toEqual(new Set([403, 413, 429]));
  expect(shut).toBeGreaterThan(0);
  expect(grownMegabytes).toBeLessThan(48);
  for (const [reason, least] of Object.entries({
    unsigned: 1,
    "wrong signature": 1,
    "unknown organization": 1,
    "too old": 1,
    replay: 1,
    malformed: 3,
    "not found": 1,
    "not post": 1,
    "too large": 2,
    "too slow": 2,
    "too many": many,
    "too many connections": 1,
  }))
    expect(refused[reason], reason).toBeGreaterThanOrEqual(least);
  const held = new Set([...expected, replayed.recordId]);
  await until("every good login is at the receiver", 60, () => loginsIn(receiver.file).length >= held.size);
  expect(new Set(loginsIn(receiver.file).map(({ id }) => id))).toEqual(held);
  const said = forwarder.readLog();
  for (const secret of Object.values(secretOf)) expect(said).not.toContain(secret);
  expect(said).not.toContain(forged.call.signature);
});

test("an administrator of organization B gets no record in as organization A's", async () => {
  stage = await setLogins({ random: new Random(1) });
  const { forwarder, receiver } = stage;
  await forwarder.start();
  await untilReady(forwarder);
  const port = forwarder.webhookPort;
  const ofA = login("A", { outcome: "success" });
  expect(await post(port, ofA.call)).toBe(204);

  const fake = {
    id: recordIdOf("A", "0".repeat(32)),
    source: "webhook",
    organization: { id: "A" },
    login: { outcome: "success" },
  };
  const line = `"}}\n${JSON.stringify(fake)}\nzitadel-siem/1 A ${ofA.call.signature} ${ofA.call.record}`;
  const attempts: Record<string, [unknown, number]> = {
    "A claimed in the call, signed with B's secret": [login("A", {}, secretOf.B).call, 403],
    "A claimed within B's own record": [
      login("B", { organization: "A", userOrganization: "A", instance: "A" }).call,
      204,
    ],
    "A's call copied": [ofA.call, 409],
    "A's signature on another text": [{ ...login("A").call, signature: ofA.call.signature }, 403],
    "A's id taken over": [login("B", { id: ofA.id, outcome: "failure" }).call, 204],
    "a user agent that holds a whole record": [login("B", { userAgent: line }).call, 204],
    "names that hold one": [login("B", { user: { loginName: line }, extra: { host: line } }).call, 204],
    "two organizations in one call": [
      JSON.stringify(login("B").call).replace("{", `{"organization":"A",`),
      204,
    ],
    "an organization that is a list": [{ ...login("B").call, organization: ["B", "A"] }, 400],
    "a name of JavaScript's own": [{ ...login("B").call, organization: "__proto__" }, 403],
  };
  const answers: Record<string, [number | "no answer", number]> = {};
  for (const [what, [body, status]] of Object.entries(attempts))
    answers[what] = [await post(port, body), status];
  console.log(`forgery: ${JSON.stringify(answers)}`);
  for (const [what, [got, wanted]] of Object.entries(answers)) expect(got, what).toBe(wanted);

  const taken = Object.values(answers).filter(([status]) => status === 204).length;
  await until("what was taken arrived", 60, () => loginsIn(receiver.file).length >= taken + 1);
  const arrived = loginsIn(receiver.file);
  expect(taken).toBeGreaterThan(0);
  expect(arrived).toHaveLength(taken + 1);
  expect(arrived.filter(({ organization }) => organization.id === "A").map(({ id }) => id)).toEqual([
    ofA.recordId,
  ]);
  expect(arrived.filter(({ id }) => id === ofA.recordId)).toHaveLength(1);
  expect(arrived.map(({ id }) => id)).not.toContain(fake.id);
});

/** Sends a beginning and nothing after it; the status that the server answers before it closes. */
function slowly(port: number, beginning: string): Promise<number | "no answer"> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(beginning));
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", () => undefined);
    socket.on("close", () =>
      resolve(Number(/^HTTP\/1.1 (\d{3})/.exec(text)?.[1] ?? Number.NaN) || "no answer"),
    );
  });
}

/** Opens so many connections and says nothing on them. */
async function crowd(port: number, count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(port, "127.0.0.1", () => resolve(socket));
          socket.on("error", () => resolve(socket));
          socket.resume();
        }),
    ),
  );
}

/** Refused calls by their reason, as the metrics say. */
function countsOf(metrics: string): Record<string, number> {
  const lines = metrics.matchAll(/^zitadel_siem_webhook_refused_total\{reason="([^"]+)"\} (\d+)/gm);
  return Object.fromEntries([...lines].map(([, reason, count]) => [reason!, Number(count)]));
}
