import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import type { ConfigurationInput } from "../../contract";
import { selfSigned } from "./certificates";
import { answersOfAnybody, answersOfZitadel, poisonPages } from "./hostileAnswers";
import { classOf, type MarkClass, marksIn } from "./marks";
import type { Asked } from "./peer";
import { PlantedEvents } from "./plantedEvents";
import { Random } from "./random";
import { untilFault } from "./readiness";
import { Search } from "./search";
import { type HostilePeer, SecretsWorld } from "./secretsWorld";
import { Stage, until } from "./stage";

/** So many times faster than real time: the pauses after the many failures here shrink with it. */
const SPEED = 40;

/** Where marks of harmless texts may be found; those of secrets may be found nowhere. */
const allowed: Record<string, readonly MarkClass[]> = {
  records: ["open"],
  journal: ["open"],
  "dead letters": ["open"],
};

let world: SecretsWorld;
let stage: Stage | undefined;
afterEach(async () => {
  await world.close();
  await stage?.clear();
});

test("no secret leaves: events, credentials and answers full of them, and everything that can be seen", async () => {
  world = new SecretsWorld();
  const { marks, search, credentials } = world;
  const checkpoints = { text: undefined as string | undefined };
  const cluster = await world.start((asked) => configMap(asked, checkpoints));
  const serviceAccount = join(world.folder, "service-account");
  world.write(serviceAccount, { token: world.credential("service account token", (mark) => `sa.${mark}.x`) });

  // Two destinations besides the stage's: one that answers with what it was sent, one that cannot be trusted.
  const [own, foreign] = [
    "IP:127.0.0.1",
    `DNS:${world.credential("certificate's name").toLowerCase()}.example`,
  ].map((names) => selfSigned(world.credential("certificate's subject"), names)) as [
    ReturnType<typeof selfSigned>,
    ReturnType<typeof selfSigned>,
  ];
  const echoing = await world.start(() => ({ status: 204 }), own);
  const untrusted = await world.start(() => ({ status: 204 }), foreign);
  const withMark = (pem: string, what: string) => `${world.credential(what)}\n${pem}`;
  const configured = marks.make("configured", "a header's value");
  const configuration = (plain: ConfigurationInput): ConfigurationInput => ({
    ...plain,
    zitadel: { ...plain.zitadel, ca: "zitadel/ca.pem" },
    destinations: [
      {
        name: "siem",
        http: {
          ...plain.destinations[0]!.http!,
          bearer: "siem/bearer",
          signing: { secret: "siem/signing" },
          headers: { "x-tenant": configured },
        },
      },
      {
        name: "echoing",
        http: {
          url: `${echoing.url}/records`,
          basic: { userName: "zitadel", password: "echoing/password" },
          ca: "echoing/ca.pem",
        },
        batch: { maxRecords: 20 },
      },
      {
        name: "untrusted",
        http: { url: untrusted.url, ca: "untrusted/ca.pem", bearer: "siem/bearer" },
      },
    ],
  });
  stage = await Stage.set({
    random: new Random(1),
    speed: SPEED,
    configuration,
    forwarder: {
      checkpoint: `${cluster.url}/api/v1/namespaces/siem/configmaps/siem-checkpoint`,
      serviceAccount,
    },
  });
  const { zitadel, forwarder, receiver, clock } = stage;
  const proxy = await world.between(zitadel.url);
  forwarder.configure({
    ...stage.configuration,
    zitadel: { ...stage.configuration.zitadel, address: proxy.url },
  });
  const secrets = join(stage.folder, "forwarder", "secrets");
  world.write(secrets, {
    "zitadel/ca.pem": withMark(own.cert, "text in zitadel's CA file"),
    "siem/bearer": world.credential("bearer token", (mark) => `tok-${mark}-en`),
    "siem/signing": world.credential(
      "signing secret",
      (mark) => `whsec_${Buffer.from(`${mark}-and-some-more-bytes`).toString("base64")}`,
    ),
    "echoing/password": world.credential("password"),
    "echoing/ca.pem": withMark(own.cert, "text in a destination's CA file"),
    "untrusted/ca.pem": withMark(foreign.cert, "text in another CA file"),
  });
  for (const [at, line] of zitadel.adminKey.key.split("\n").slice(1, -2).entries())
    if (at % 6 === 0) credentials.set(`machine key, line ${at}`, line);

  // Events, in the store before anything runs; and people whose names are secrets.
  const planted = new PlantedEvents(marks, clock.now());
  const named = await zitadel.users.addHuman(zitadel.administrator, {
    userName: planted.secretText("names", "a user name"),
    firstName: planted.secretText("names", "a first name"),
    lastName: planted.secretText("names", "a last name"),
    email: planted.secretText("names", "an e-mail address"),
  });
  planted.events.push(
    ...planted.events.slice(0, 20).map((event, at) => ({
      ...event,
      aggregateId: `by-a-named-user-${at}`,
      editorUser: named.aggregateId,
      createdAt: event.createdAt + planted.events.length,
      position: event.position + planted.events.length,
    })),
  );
  zitadel.store.table.transaction(() => zitadel.store.table.write(zitadel.instanceId, planted.events));
  const poisoned = poison(stage.database, planted);
  expect(poisoned).toBeGreaterThan(20);

  // Answers that repeat what they were asked and hold secrets of their own.
  const secret = (where: string) => planted.secretText("answers", where);
  const answers = [...answersOfZitadel(secret), ...answersOfAnybody(secret)];
  const tokens = [() => granted(secret("a token")), () => granted(`x\n${secret("a token")}`)];
  proxy.plan("/oauth/", [...answers.filter((_, at) => at >= 7 && at % 2 === 1), ...tokens]);
  proxy.plan(
    "/admin/v1/instances/me",
    answers.filter((_, at) => at % 6 === 1),
  );
  proxy.plan(
    "/admin/v1/events/types",
    answers.filter((_, at) => at % 6 === 2),
  );
  proxy.plan("/admin/v1/events/_search", answers, true);
  echoing.plan("/", answersOfAnybody(secret));
  for (let refused = 0; refused < 40; refused++)
    echoing.plan("/", [
      (asked) => ({ status: 400, body: asked.body, reason: secret("reason").replaceAll(/\s/g, "") }),
    ]);
  cluster.plan("/", answersOfAnybody(secret), true);
  const hostile = [proxy, echoing, cluster].reduce((sum, { waiting }) => sum + waiting.length, 0);

  // First keys that are none, with secrets in them; then the good one.
  const keyFile = (content: string) => world.write(secrets, { "zitadel/key.json": content });
  const brokenKeys = [
    `{"key":"${world.credential("key file that is no JSON")}`,
    JSON.stringify({ key: world.credential("key file without ids") }),
    JSON.stringify({
      keyId: "1",
      userId: "2",
      key: `-----BEGIN RSA PRIVATE KEY-----\n${world.credential("broken PEM")}\n`,
    }),
  ];
  keyFile(brokenKeys[0]!);
  await forwarder.start();
  world.watch(forwarder);
  for (const [at, reason] of [/is not JSON/, /lacks keyId/, /holds no private key/].entries()) {
    keyFile(brokenKeys[at]!);
    await untilFault(forwarder, "events", reason, /machine key JSON/, 120);
  }
  keyFile(JSON.stringify({ ...zitadel.adminKey, comment: world.credential("comment in the key file") }));
  const allGiven = () => proxy.waiting.length + echoing.waiting.length + cluster.waiting.length === 0;
  await until("every hostile answer was given", 90, allGiven, () => told(proxy, echoing, cluster), 200);
  const open = openMarks(planted);
  await until(
    "every event arrived",
    60,
    () => arrivedOpen(receiver.file).size >= open.size,
    () => `${arrivedOpen(receiver.file).size} of ${open.size}`,
    500,
  );
  // Only now pages of events that are none: what stands in them hides what the store has.
  proxy.plan("/admin/v1/events/_search", poisonPages(secret), true);
  await until("the poison pages were read", 60, allGiven, () => told(proxy));
  await untilFault(forwarder, 'destination "untrusted"', /is not trusted/, /give the authority/);
  await until("a checkpoint was written", 60, () => checkpoints.text !== undefined);
  search.addFolder("journal", forwarder.journal);

  // A damaged journal: what is kept aside is searched too.
  expect(await forwarder.stop()).toBe(0);
  search.addFolder("journal", forwarder.journal);
  search.addRows("journal", join(forwarder.journal, "journal.db"));
  search.addRows("dead letters", join(forwarder.journal, "journal.db"), "dead_letters");
  damage(join(forwarder.journal, "journal.db"));
  await forwarder.start();
  await until("the source reads again", 120, async () => {
    const page = await forwarder.health("/readyz");
    return page !== undefined && JSON.parse(page.text).events.lastReadAgeSeconds !== undefined;
  });
  await world.unwatch();
  await forwarder.kill();
  search.addFolder("journal", forwarder.journal);

  search.add("records", "the receiver's file", readFileSync(receiver.file));
  search.add("log", "forwarder.log", forwarder.readLog());
  search.add("checkpoint", "the ConfigMap", checkpoints.text!);

  const counts = search.counts();
  console.log("planted:", {
    ...planted.counts,
    credentials: credentials.size,
    "poison rows": poisoned,
    "hostile answers": hostile,
  });
  console.log("searched:", counts);
  for (const [kind, count] of Object.entries(planted.counts)) expect(count, kind).toBeGreaterThan(0);
  for (const kind of [
    "journal",
    "records",
    "dead letters",
    "log",
    "/readyz",
    "/metrics",
    "/livez",
    "status page",
    "checkpoint",
  ]) {
    expect(counts[kind]?.places, kind).toBeGreaterThan(0);
    expect(counts[kind]?.bytes, kind).toBeGreaterThan(10);
  }
  // That the search finds what is there: the marks that may leave, and in each place what must be in it.
  expect(search.found("records", "open").size).toBe(open.size);
  expect(search.found("journal", "open").size).toBe(open.size);
  for (const [kind, text] of [
    ["log", '"destinations":["siem","echoing","untrusted"]'],
    ["log", "the journal was damaged"],
    ["/metrics", 'destination="untrusted"'],
    ["/readyz", '"destination": "untrusted"'],
    ["status page", '"usedBytes"'],
    ["checkpoint", zitadel.instanceId],
    ["journal", zitadel.instanceId],
    ["dead letters", "echoing"],
  ] as const)
    expect(search.holds(kind, text), `${kind} holds ${text}`).toBe(true);

  expectFoundWhereTheyAre(stage, secrets, planted, world);

  const leaks = search.leaks(marks, allowed, credentials);
  expect(leaks.slice(0, 20)).toEqual([]);
});

/** The same search finds every planted mark in ZITADEL's own store, and the credentials in their folder. */
function expectFoundWhereTheyAre(
  { database }: Stage,
  secrets: string,
  { events }: PlantedEvents,
  { marks, credentials }: SecretsWorld,
): void {
  const control = new Search();
  control.addRows("store", database);
  control.addFolder("secrets", secrets);
  const stored = [...marksIn(JSON.stringify(events))];
  for (const kind of ["secret", "kept"] as const) {
    const count = stored.filter((mark) => classOf(mark) === kind).length;
    expect(count, kind).toBeGreaterThan(1_000);
    // Marks in rows that were changed afterwards come on top.
    expect(control.found("store", kind).size, kind).toBeGreaterThanOrEqual(count);
  }
  const found = control.leaks(marks, {}, credentials);
  for (const what of ["bearer token", "password", "signing secret", "machine key, line 0"])
    expect(
      found.some((leak) => leak.kind === "secrets" && leak.what.includes(what)),
      what,
    ).toBe(true);
}

/** For the message: what the peers have still to answer. */
function told(...peers: HostilePeer[]): string {
  return JSON.stringify(peers.map(({ waiting }) => waiting.map(({ path }) => path)));
}

/** The checkpoint's ConfigMap, by GET and merge PATCH. */
function configMap({ method, body }: Asked, kept: { text: string | undefined }) {
  if (method === "PATCH") kept.text = (JSON.parse(body) as { data: { checkpoint: string } }).data.checkpoint;
  const data = kept.text === undefined ? {} : { checkpoint: kept.text };
  return { status: 200, body: JSON.stringify({ kind: "ConfigMap", data }) };
}

function granted(token: string) {
  return {
    status: 200,
    body: JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: 3600 }),
  };
}

/** Takes away what identifies some planted events, device codes among them, and signs others with secrets. */
function poison(file: string, planted: PlantedEvents): number {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA busy_timeout = 10000");
    const broken = database.prepare("UPDATE events SET sequence = ? WHERE created_at = ?");
    const signed = database.prepare("UPDATE events SET editor_service = ? WHERE created_at = ?");
    let changed = 0;
    for (const [at, { createdAt, aggregateType, payload }] of planted.events.entries()) {
      if (at % 50 === 7)
        signed.run(planted.secretText("fields around payloads", "editor.service"), createdAt);
      if (JSON.stringify(payload)?.includes("MAYLEAVE")) continue;
      const code = aggregateType === "device_auth" && at % 2 === 0;
      if (!code && at % 100 !== 3) continue;
      const sequence = planted.secretText("fields around payloads", "sequence").replaceAll(/["\\\s]/g, "");
      changed += Number(broken.run(sequence, createdAt).changes);
    }
    return changed;
  } finally {
    database.close();
  }
}

/** The marks that must arrive: those in fields that the table lets out, of events that have an identity. */
function openMarks({ events }: PlantedEvents): Set<string> {
  return new Set(events.flatMap((event) => [...marksIn(JSON.stringify(event))]).filter(isOpen));
}

function arrivedOpen(file: string): Set<string> {
  return new Set([...marksIn(readFileSync(file, "latin1"))].filter(isOpen));
}

function isOpen(mark: string): boolean {
  return classOf(mark) === "open";
}

/** Overwrites the middle of a SQLite file. */
function damage(file: string): void {
  const open = openSync(file, "r+");
  for (let page = 40; page < 60; page++) writeSync(open, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
  closeSync(open);
}
