import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ConfigurationInput } from "../../contract";
import { everything, existingSecrets } from "../components/declarations";
import { type Manifest, manifestsOf } from "../components/representativeStacks";
import { MARK, secretTexts } from "../forwarder/records/redaction/plants";
import { builtBundle, ForwarderProcess } from "./forwarderProcess";
import { answersOfZitadel } from "./hostileAnswers";
import type { MarkClass } from "./marks";
import { Random } from "./random";
import { untilFault, untilReady } from "./readiness";
import { SecretsWorld } from "./secretsWorld";
import { Stage, until } from "./stage";

/** So many times faster than real time: the pauses between attempts shrink with it. */
const SPEED = 40;

/** Where marks of the configuration may be found; those of secrets may be found nowhere. */
const allowed: Record<string, readonly MarkClass[]> = { manifests: ["configured"] };

let world: SecretsWorld;
let stage: Stage | undefined;
afterEach(async () => {
  await world.close();
  await stage?.clear();
  stage = undefined;
});

/** A secret's text, each time another one. */
function secret(where: string): string {
  const number = world.marks.make("secret", where);
  return secretTexts[Number(number.slice(-6)) % secretTexts.length]!.replaceAll(MARK, number);
}

/** Says what was planted and searched, and that nothing was found; each count must not be zero. */
function expectNoLeak(planted: Record<string, number>): void {
  const { search, marks, credentials } = world;
  console.log("planted:", { ...planted, credentials: credentials.size });
  console.log("searched:", search.counts());
  for (const [kind, count] of Object.entries(planted)) expect(count, kind).toBeGreaterThan(0);
  for (const [kind, { bytes }] of Object.entries(search.counts())) expect(bytes, kind).toBeGreaterThan(0);
  expect(search.leaks(marks, allowed, credentials).slice(0, 20)).toEqual([]);
}

test("no secret is repeated by a start that fails over it", async () => {
  world = new SecretsWorld();
  const good = {
    zitadel: { issuer: "http://localhost:1", credentials: { machineKeyFiles: ["key.json"] } },
    // Wrong in each: every start ends.
    events: {
      sweepSeconds: 1,
      startFrom: "beginning",
      filter: { eventTypes: ["user.locked"], from: "2026-01-01T00:00:00Z" },
    },
    destinations: [
      {
        name: "siem",
        http: {
          url: "http://127.0.0.1:1",
          body: "json",
          bearer: "bearer",
          basic: { userName: "zitadel", password: "password" },
          signing: { secret: "signing" },
          ca: "ca.pem",
          headers: { "x-tenant": "audit" },
        },
      },
    ],
    journal: { storage: "volume" },
    redaction: { release: [{ eventType: "user.human.added", field: "address" }] },
    log: { level: "debug" },
  };
  let configurations = 0;
  let failed = 0;
  // A secret in place of each text, and in each object one more property whose name and value are secrets.
  for (const change of [...changes(good, () => secret("a value of the configuration"))]) {
    configurations += 1;
    failed += start(JSON.stringify(change)) === 2 ? 1 : 0;
  }
  for (const text of [
    `{"${secret("broken JSON")}`,
    JSON.stringify(secret("a text")),
    `[${JSON.stringify(secret("a list"))}]`,
  ]) {
    configurations += 1;
    failed += start(text) === 2 ? 1 : 0;
  }
  const argument = world.credential("an argument without a name");
  const { stderr: said } = spawnSync(process.execPath, [builtBundle, argument], { encoding: "utf8" });
  world.search.add("error output", "standard error", said);
  for (const text of ["destinations[0].http has ", "events.sweepSeconds is too small", "usage: forwarder"])
    expect(world.search.holds("error output", text), text).toBe(true);
  expect(failed).toBe(configurations);
  expectNoLeak({ configurations, failed });

  function start(configuration: string): number | null {
    world.write(world.folder, { "config.json": configuration });
    const file = join(world.folder, "config.json");
    const needed = [
      "--config",
      file,
      "--secrets",
      world.folder,
      "--journal",
      join(world.folder, "journal", "x"),
    ];
    const listeners = ["--health", "127.0.0.1:0", "--status", "127.0.0.1:0"];
    const { stderr, stdout, status } = spawnSync(process.execPath, [builtBundle, ...needed, ...listeners], {
      encoding: "utf8",
      timeout: 60_000,
    });
    world.search.add("error output", "standard error", stderr);
    world.search.add("error output", "standard output", stdout);
    return status;
  }
});

/** Each document that differs from this one in one text, one name, or one property more. */
function* changes(value: unknown, make: () => unknown): Generator<unknown> {
  if (typeof value === "string") yield make();
  if (typeof value !== "object" || value === null) return;
  const set = (key: string, inner: unknown) =>
    Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
  if (!Array.isArray(value)) yield { ...value, [String(make())]: make() };
  for (const [key, inner] of Object.entries(value))
    for (const changed of changes(inner, make)) yield set(key, changed);
}

test("no personal access token is repeated, nor what ends the source for good", async () => {
  world = new SecretsWorld();
  const cluster = await world.start(() => {
    const data = {
      checkpoint: JSON.stringify({ version: 1, journalId: secret("the checkpoint"), instanceId: 7 }),
    };
    return { status: 200, body: JSON.stringify({ data }) };
  });
  stage = await Stage.set({
    random: new Random(1),
    speed: SPEED,
    configuration: (plain) => ({
      ...plain,
      zitadel: { ...plain.zitadel, credentials: { personalAccessTokenFile: "zitadel/token" } },
      events: { sweepSeconds: 60, startFrom: "beginning", filter: { eventTypes: ["user.locked"] } },
    }),
  });
  const { zitadel, forwarder, configuration } = stage;
  const { users, administrator, adminKey } = zitadel;
  const proxy = await world.between(zitadel.url);
  forwarder.configure({ ...configuration, zitadel: { ...configuration.zitadel, address: proxy.url } });
  const secrets = join(stage.folder, "forwarder", "secrets");
  const put = (token: string) => world.write(secrets, { "zitadel/token": token });

  put(`${world.credential("token with a space")} ${world.credential("its second word")}`);
  await forwarder.start();
  world.watch(forwarder);
  await untilFault(forwarder, "events", /holds no token/, /alone/);
  proxy.plan("/", answersOfZitadel(secret));
  put(world.credential("token that is none", (mark) => `pat-${mark}`));
  await untilFault(forwarder, "events", /refused the access token/, /neither expired nor removed/);
  await until("every hostile answer was given", 120, () => proxy.waiting.length === 0);
  const [, good] = await users.addPersonalAccessToken(administrator, adminKey.userId);
  world.credentials.set("personal access token", good.token);
  put(good.token);
  await untilReady(forwarder, 120);
  // An answer that contradicts the filter ends the process; it holds a secret where the type should be.
  const contradiction = () => ({
    aggregate: { id: "1", type: { type: "user" } },
    sequence: "1",
    creationDate: new Date(zitadel.store.clock.now() / 1000).toISOString(),
    type: { type: secret("a type") },
  });
  proxy.plan(
    "/admin/v1/events/_search",
    Array.from({ length: 50 }, () => () => ({
      status: 200,
      body: JSON.stringify({ events: [contradiction()] }),
    })),
  );
  expect(await forwarder.ended()).toBe(1);
  await world.unwatch();
  world.search.add("log", "forwarder.log", forwarder.readLog());

  // A checkpoint that is none ends it too.
  const other = new ForwarderProcess({
    folder: join(stage.folder, "other"),
    configuration: configuration as ConfigurationInput,
    secrets: { "zitadel/token": good.token },
    checkpoint: `${cluster.url}/api/v1/namespaces/siem/configmaps/checkpoint`,
    clock: { speed: SPEED },
  });
  await other.start();
  expect(await other.ended()).toBe(1);
  world.search.add("log", "other/forwarder.log", other.readLog());
  for (const text of [
    "ZITADEL's answer contradicts the search's filter",
    "the checkpoint is not one of this version",
  ])
    expect(world.search.holds("log", text), text).toBe(true);
  expectNoLeak({ log: forwarder.readLog().length });
});

test("no manifest holds a credential but the Secret", () => {
  world = new SecretsWorld();
  const configured = (where: string) => world.marks.make("configured", where);
  const value = (what: string) => ({ value: world.credential(what) });
  const destinations = [
    {
      name: "soc",
      http: {
        url: `https://${configured("a host").toLowerCase()}.example.com/records?tenant=${configured("a parameter")}`,
        bearer: value("bearer"),
        signing: { secret: value("signing secret") },
        ca: value("a destination's authority"),
        headers: { "x-tenant": configured("a header") },
      },
    },
    {
      name: "lake",
      http: {
        url: "https://lake.example.com/",
        basic: { userName: configured("a user name"), password: value("password") },
      },
    },
  ];
  const stacks = [
    { ...everything, zitadel: { ...everything.zitadel, ca: value("ZITADEL's authority") }, destinations },
    { ...everything, reader: { existingKey: value("existing key") }, destinations },
    { ...everything, reader: { personalAccessToken: value("personal access token") }, destinations },
    existingSecrets,
  ];
  let secrets = 0;
  let objects = 0;
  for (const stack of stacks)
    for (const manifest of manifestsOf(stack) as (Manifest & { stringData?: Record<string, string> })[]) {
      objects += 1;
      if (manifest.kind === "Secret") {
        secrets += Object.keys(manifest.stringData!).length;
        world.search.add(
          "the Secret's own data",
          manifest.metadata.name,
          JSON.stringify(manifest.stringData),
        );
        delete manifest.stringData;
      }
      world.search.add("manifests", `${manifest.kind} ${manifest.metadata.name}`, JSON.stringify(manifest));
    }
  expect(world.search.found("manifests", "configured").size).toBe(4);
  expect(world.search.found("the Secret's own data", "secret").size).toBe(world.credentials.size);
  world.search.forget("the Secret's own data");
  expectNoLeak({ objects, secrets });
});
