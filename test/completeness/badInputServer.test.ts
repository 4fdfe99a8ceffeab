import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { type Fault, UNAVAILABLE } from "../../local/zitadel/faults";
import { noticesIn } from "./ledger";
import { Random } from "./random";
import { expectLogged, logOf, readinessOf, untilReady } from "./readiness";
import { Stage, type StageOptions, until } from "./stage";

/** So many times faster than real time: pauses between attempts and deadlines of requests shrink with it. */
const SPEED = 60;

let stage: Stage | undefined;
afterEach(async () => stage?.clear());

async function set(options: Partial<StageOptions> = {}): Promise<Stage> {
  stage = await Stage.set({ random: new Random(1), speed: SPEED, ...options });
  return stage;
}

/** Writes events as ZITADEL would, each of an aggregate of its own. */
async function write({ zitadel }: Stage, count: number, name: string): Promise<void> {
  for (let at = 0; at < count; at += 100)
    await zitadel.store.push(
      Array.from({ length: Math.min(100, count - at) }, (_, index) => ({
        aggregateType: "user",
        aggregateId: `${name}-${at + index}`,
        eventType: "user.locked",
        resourceOwner: zitadel.organizationId,
        editorUser: zitadel.adminKey.userId,
      })),
    );
}

const json = { "content-type": "application/json" };
const answer = (status: number, body: string, headers: Record<string, string> = json): Fault => ({
  kind: "status",
  status,
  body,
  headers,
});

/** Answers that no ZITADEL gives, and the kind of problem that they are counted as. */
const garbage: [fault: Fault, kind: string][] = [
  [{ kind: "garbage" }, "garbage"],
  [answer(200, ""), "garbage"],
  [answer(200, "[]"), "garbage"],
  [answer(200, "null"), "garbage"],
  [answer(200, '{"events":{},"eventTypes":"","aggregateTypes":3,"instance":"none"}'), "garbage"],
  [answer(500, "<html>Internal Server Error</html>", { "content-type": "text/html" }), "server error"],
  [answer(502, "Bad Gateway", {}), "server error"],
  [UNAVAILABLE, "unavailable"],
  [answer(429, '{"code":8,"message":"slow down"}', { "retry-after": "1" }), "throttled"],
  [{ kind: "close" }, "unreachable"],
  [{ kind: "cut" }, "unreachable"],
  [{ kind: "hang" }, "slow"],
];

/** Every path that the forwarder asks for on its way. */
const paths = [
  "/oauth/v2/token",
  "/admin/v1/instances/me",
  "/admin/v1/events/types/_search",
  "/admin/v1/aggregates/types/_search",
  "/admin/v1/events/_search",
];

test("garbage from the server is counted by kind and survived, wherever it comes", async () => {
  // What comes after a request's deadline counts as slow, whatever it holds: deadlines that a busy machine keeps.
  const { zitadel, forwarder } = await set({ speed: SPEED / 3 });
  for (const path of paths) for (const [fault] of garbage) zitadel.faults.inject(fault, 1, path);
  await forwarder.start();
  await untilReady(forwarder, 120);
  await write(stage!, 500, "between");
  // Again, now that it follows the log: between reads that succeed.
  for (const [fault] of garbage) zitadel.faults.inject(fault);
  const injected = (paths.length + 1) * garbage.length;
  await until("every fault was met", 60, () => zitadel.faults.hits === injected);
  await write(stage!, 500, "after");
  const ledger = await stage!.everythingArrived(60);
  await untilReady(forwarder);

  const failures = await failuresByKind();
  console.log(`garbage: ${injected} bad answers met, counted as ${JSON.stringify(failures)}`);
  expect(ledger).toMatchObject({ missing: [], different: [], unknown: [] });
  for (const kind of new Set(garbage.map(([, kind]) => kind))) {
    const met = garbage.filter((one) => one[1] === kind).length;
    // A slow search is no failure yet: its window is narrowed first.
    const times = kind === "slow" ? paths.length - 1 : paths.length + 1;
    expect(failures[kind], kind).toBeGreaterThanOrEqual(met * times);
  }
  expectLogged(forwarder, /answer is not JSON/, /check that zitadel\.issuer and zitadel\.address/);
  expectLogged(forwarder, /ZITADEL is not available yet/, /wait/);
  expectLogged(forwarder, /ZITADEL limits our rate/, /events\.readShare/);
  expectLogged(forwarder, /did not answer within/, /wait/);
  expect(logOf(forwarder).some(({ msg }) => msg === "reading works again")).toBe(true);
});

test("an answer that contradicts the filter ends the process with a line: going on would lose events", async () => {
  const { zitadel, forwarder } = await set({
    configuration: (plain) => ({
      ...plain,
      events: { startFrom: "beginning", filter: { aggregateTypes: ["user"] } },
    }),
  });
  await forwarder.start();
  await untilReady(forwarder);
  const foreign = {
    aggregate: { id: "1", type: { type: "org" } },
    sequence: "1",
    creationDate: new Date(zitadel.store.clock.now() / 1000).toISOString(),
    type: { type: "org.added" },
  };
  zitadel.faults.inject(answer(200, JSON.stringify({ events: [foreign] })), Number.POSITIVE_INFINITY);
  expect(await forwarder.ended()).toBe(1);
  const said = forwarder.readLog().trimEnd().split("\n");
  const last = said.pop();
  expect(last).toMatch(/^ZITADEL's answer contradicts the search's filter: .*: this version of ZITADEL/);
  for (const line of said) expect(line).toMatch(/^\{"level":/);
});

test("events without identity are counted, reported and delivered as notices, and hold up nobody", async () => {
  const { forwarder, receiver, zitadel } = await set();
  await write(stage!, 40, "event");
  const rows = new DatabaseSync(stage!.database);
  const damage = [
    "sequence = 'broken'",
    "sequence = 0",
    "sequence = -7",
    "event_type = ''",
    "aggregate_type = ''",
    "aggregate_id = ''",
  ];
  for (const [index, set] of damage.entries()) {
    const { changes } = rows
      .prepare(`UPDATE events SET ${set} WHERE aggregate_id = ?`)
      .run(`event-${index * 3}`);
    expect(changes).toBe(1);
  }
  rows.close();
  const whole =
    "typeof(sequence) = 'integer' AND sequence > 0 AND '' NOT IN (event_type, aggregate_type, aggregate_id)";
  await forwarder.start();
  // A creation date that is none cannot lie in the store: it is in one answer.
  await untilReady(forwarder);
  const dateless = {
    aggregate: { id: "dateless", type: { type: "user" } },
    sequence: "1",
    creationDate: "yesterday",
    type: { type: "user.locked" },
  };
  const poison = answer(200, JSON.stringify({ events: [dateless, 7] }));
  // Two events for a limit of one would contradict the search: another matter.
  const asksForMany = (body: string) => (JSON.parse(body) as { limit: number }).limit > 1;
  const isTold = () =>
    noticesIn(receiver.file, "poison_event").some(({ message }) => message.includes("creation date"));
  let given = 0;
  await until(
    "the answer was given to a read that brings events, and not to a recount",
    60,
    () => {
      if (isTold()) return true;
      if (zitadel.faults.hits === given) {
        zitadel.faults.inject(poison, 1, undefined, asksForMany);
        given += 1;
      }
      return false;
    },
    undefined,
    200,
  );
  await write(stage!, 10, "later");
  const poisoned = damage.length + 2;
  await until(
    "every whole event and every notice arrived",
    60,
    () =>
      stage!.compare(whole).missing.length === 0 &&
      noticesIn(receiver.file, "poison_event").length >= poisoned,
    () => JSON.stringify([stage!.compare(whole).missing, noticesIn(receiver.file, "poison_event")]),
    200,
  );
  const notices = noticesIn(receiver.file, "poison_event");
  expect(notices).toHaveLength(poisoned);
  const faults = notices.map(({ message }) => /that (.*): it cannot/.exec(message)?.[1]).sort();
  expect(faults).toEqual([
    "has no aggregate id",
    "has no aggregate type",
    "has no event type",
    "has no usable creation date",
    "has no usable sequence",
    "has no usable sequence",
    "has no usable sequence",
    "is not an object",
  ]);
  await untilReady(forwarder);
  // The same poison is read more than once, by every edge: it is counted once.
  const readAt = (await stage!.metric("zitadel_siem_events_reads_total"))!;
  await until("the settled edge has passed", 60, async () => {
    const reads = await stage!.metric("zitadel_siem_events_reads_total");
    return reads! > readAt + 30;
  });
  expect(await stage!.metric("zitadel_siem_events_poison_total")).toBe(poisoned);
  expect((await readinessOf(forwarder))!.events.poison).toBe(poisoned);
  expect(noticesIn(receiver.file, "poison_event")).toHaveLength(poisoned);
  expectLogged(forwarder, /events that cannot be identified/, /reported as notices/);
});

async function failuresByKind(): Promise<Record<string, number>> {
  const page = await stage!.forwarder.health("/metrics");
  const lines = page!.text.matchAll(/^zitadel_siem_events_failures_total\{kind="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, kind, count]) => [kind!, Number(count)]));
}
