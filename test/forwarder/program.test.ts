import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import type { ConfigurationInput } from "../../contract";
import { answering, endServer } from "../../local/answering";
import { startZitadel } from "../../local/zitadel/server";
import { temporaryFolder } from "./journal/records";
import { until } from "./lanes/world";

const root = join(__dirname, "..", "..");
const bundle = join(root, "node_modules", ".cache", "forwarder-under-test.cjs");

beforeAll(() => {
  buildSync({
    absWorkingDir: root,
    entryPoints: ["forwarder/main.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "error",
    logOverride: { "empty-import-meta": "silent" },
  });
});

interface Running {
  child: ChildProcess;
  health: string;
  status: string;
  out: string[];
  errors: string[];
  exited: Promise<number | null>;
}

async function freePort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the program on a folder of its own. */
async function start(
  folder: string,
  configuration: unknown,
  secrets: Record<string, string> = {},
): Promise<Running> {
  mkdirSync(join(folder, "secrets"), { recursive: true });
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(folder, "secrets", name), text);
  const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
  writeFileSync(join(folder, "config.json"), text);
  const [health, status] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const child = spawn(process.execPath, [
    bundle,
    ...["--config", join(folder, "config.json"), "--secrets", join(folder, "secrets")],
    ...["--journal", join(folder, "journal"), "--health", health, "--status", status],
  ]);
  const running: Running = {
    child,
    health: `http://${health}`,
    status: `http://${status}`,
    out: [],
    errors: [],
    exited: new Promise((resolve) => child.once("exit", resolve)),
  };
  child.stdout?.on("data", (data) => running.out.push(String(data)));
  child.stderr?.on("data", (data) => running.errors.push(String(data)));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await running.exited;
  });
  return running;
}

async function receiver(answer: () => number) {
  const ids: string[] = [];
  const types = new Map<string, string>();
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const status = answer();
      if (status < 300)
        for (const line of Buffer.concat(parts).toString().trim().split("\n")) {
          const { id, event } = JSON.parse(line);
          ids.push(id);
          types.set(id, event.type.type);
        }
      response.writeHead(status).end();
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    return endServer(server);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ids, types };
}

async function zitadel() {
  const standIn = await startZitadel();
  onTestFinished(() => standIn.close());
  const configuration = (destinations: ConfigurationInput["destinations"]): ConfigurationInput => ({
    zitadel: { issuer: standIn.issuer, credentials: { machineKeyFiles: ["key.json"] } },
    events: { startFrom: "beginning" },
    destinations,
  });
  return { configuration, secrets: { "key.json": JSON.stringify(standIn.adminKey) } };
}

async function get(url: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url);
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: "" };
  }
}

async function untilAnswer(url: string, accept: (answer: { status: number; text: string }) => boolean) {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
    const answer = await get(url);
    if (accept(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${url} did not answer as expected within 20 s: ${JSON.stringify(await get(url))}`);
}

/** The attribute with the id, in JSON or in protobuf, where four bytes stand between its key and its value. */
const uid = /log\.record\.uid(?:.{4}|","value":\{"stringValue":")(v1-[0-9a-f]{32})/gs;

/** A receiver of OTLP without compression: the ids of the LogRecords that came, in either encoding. */
async function otlpReceiver() {
  const ids: string[] = [];
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const text = Buffer.concat(parts).toString("latin1");
      ids.push(...[...text.matchAll(uid)].map(([, id]) => id!));
      response.writeHead(200, { "content-type": request.headers["content-type"] }).end();
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    return endServer(server);
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, ids };
}

it("tells a Collector and both encodings of OTLP of the same records", async () => {
  const { configuration, secrets } = await zitadel();
  const plain = await receiver(() => 204);
  const [json, protobuf, collector] = [await otlpReceiver(), await otlpReceiver(), await otlpReceiver()];
  const declared = configuration([
    { name: "plain", http: { url: plain.url, gzip: false } },
    { name: "json", otlp: { url: json.url, encoding: "json", gzip: false } },
    { name: "protobuf", otlp: { url: protobuf.url, gzip: false } },
    { name: "collector", collector: { port: collector.port, exporter: { otlphttp: {} } } },
  ]);
  await start(temporaryFolder(), declared, secrets);
  const received = [json, protobuf, collector];
  const haveAll = () => received.every(({ ids }) => ids.length === plain.ids.length);
  await until(() => plain.ids.length > 100 && haveAll(), "all have the same number of records");
  for (const { ids } of received) expect(ids.sort()).toEqual(plain.ids.sort());
});

it("delivers to a receiver and to standard output, is ready, and stops without repeating itself", async () => {
  const folder = temporaryFolder();
  const { configuration, secrets } = await zitadel();
  const { url, ids } = await receiver(() => 204);
  const declared = configuration([
    { name: "soc", http: { url, gzip: false } },
    { name: "log", stdout: {} },
  ]);
  const first = await start(folder, declared, secrets);
  await untilAnswer(`${first.health}/readyz`, ({ status }) => status === 200);
  await until(() => ids.length > 100, "records arrived");
  const { text } = await untilAnswer(`${first.status}/`, ({ text }) => /"behind": 0/.test(text));
  const lines = () => first.out.join("").trim().split("\n");
  await until(() => lines().length === ids.length, "standard output has the same records");
  expect(
    lines()
      .map((line) => JSON.parse(line).id)
      .sort(),
  ).toEqual([...ids].sort());
  expect(JSON.parse(text).lanes.map(({ destination }: { destination: string }) => destination)).toEqual([
    "soc",
    "log",
  ]);
  const metrics = await get(`${first.health}/metrics`);
  expect(metrics.text).toContain(`zitadel_siem_records_delivered_total{destination="soc"} ${ids.length}`);
  expect((await get(`${first.health}/livez`)).status).toBe(200);
  first.child.kill("SIGTERM");
  expect(await first.exited).toBe(0);

  const before = ids.length;
  const second = await start(folder, declared, secrets);
  await untilAnswer(`${second.health}/readyz`, ({ status }) => status === 200);
  second.child.kill("SIGTERM");
  expect(await second.exited).toBe(0);
  expect(ids.length).toBe(new Set(ids).size);
  expect(ids.length - before).toBeLessThan(10);
  const logged = [...first.errors, ...second.errors].join("");
  for (const line of logged.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
});

it("gives a destination its own format, filter and treatment of personal data, and counts what it kept out", async () => {
  const { configuration, secrets } = await zitadel();
  const { url, ids, types } = await receiver(() => 204);
  const filtered: ConfigurationInput["destinations"][number] = {
    name: "users",
    stdout: {},
    format: "ecs",
    filter: { include: [{ eventTypes: ["user.*"] }] },
    personalData: { emails: "hash", userNames: "drop", hashKey: "hash-key" },
  };
  const declared = configuration([{ name: "all", http: { url, gzip: false } }, filtered]);
  const running = await start(temporaryFolder(), declared, { ...secrets, "hash-key": "a key" });
  await untilAnswer(`${running.health}/readyz`, ({ status }) => status === 200);
  await until(() => ids.length > 100, "records arrived");
  await untilAnswer(`${running.status}/`, ({ text }) => text.match(/"behind": 0/g)?.length === 2);
  const users = ids.filter((id) => types.get(id)?.startsWith("user."));
  const lines = () => running.out.join("").trim().split("\n");
  await until(() => lines().length === users.length, "standard output has the users' events");
  expect(
    lines()
      .map((line) => JSON.parse(line).event.id)
      .sort(),
  ).toEqual([...users].sort());
  expect(lines().join()).toMatch(/"email":"hmac:[0-9a-f]{32}"/);
  expect(lines().join()).not.toMatch(/userName|@zitadel/);
  const metrics = await get(`${running.health}/metrics`);
  expect(metrics.text).toContain(
    `zitadel_siem_records_filtered_total{destination="users"} ${ids.length - users.length}`,
  );
});

it("loses nothing when it is killed again and again", async () => {
  const folder = temporaryFolder();
  const { configuration, secrets } = await zitadel();
  let answers = 0;
  let running: Running | undefined;
  // The process is killed while a batch of it waits for its answer.
  const { url, ids } = await receiver(() => {
    answers += 1;
    if (answers % 5 === 0) running?.child.kill("SIGKILL");
    return 204;
  });
  const inFlight = 2;
  const maxRecords = 20;
  const declared = configuration([
    { name: "soc", http: { url, gzip: false }, batch: { inFlight, maxRecords } },
  ]);
  let kills = 0;
  const written = new Date().toISOString();
  for (;;) {
    running = await start(folder, declared, secrets);
    const ended = await Promise.race([
      running.exited.then(() => "killed"),
      untilAnswer(`${running.status}/`, ({ status, text }) => {
        if (status !== 200) return false;
        const { events, lanes } = JSON.parse(text);
        return events.edges?.tail > written && lanes[0].behind === 0;
      }).then(
        () => "done",
        () => "killed",
      ),
    ]);
    if (ended === "done") break;
    kills += 1;
  }
  expect(kills).toBeGreaterThan(3);
  const different = new Set(ids);
  expect(different.size).toBeGreaterThan(400);
  expect(ids.length - different.size).toBeLessThanOrEqual(kills * inFlight * maxRecords);
  const everything = await receiver(() => 204);
  const whole = await start(
    temporaryFolder(),
    configuration([{ name: "all", http: { url: everything.url, gzip: false } }]),
    secrets,
  );
  await until(
    () => [...different].every((id) => everything.ids.includes(id)),
    "an undisturbed run has them too",
  );
  // What the later run has besides are the token grants of the runs themselves.
  const besides = everything.ids.filter((id) => !different.has(id)).map((id) => everything.types.get(id));
  expect(besides.filter((type) => !type?.startsWith("oidc_session."))).toEqual([]);
  whole.child.kill("SIGTERM");
});

it("shows a refused credential in readiness and sets nothing aside for it", async () => {
  const { configuration, secrets } = await zitadel();
  const { url } = await receiver(() => 401);
  const running = await start(temporaryFolder(), configuration([{ name: "soc", http: { url } }]), secrets);
  const { text } = await untilAnswer(`${running.health}/readyz`, ({ text }) => text.includes("answered 401"));
  expect(JSON.parse(text)).toMatchObject({
    ready: false,
    faults: [{ where: 'destination "soc"', reason: "answered 401" }],
    lanes: [{ destination: "soc", state: "fault", deadLetters: 0 }],
  });
  expect((await get(`${running.health}/livez`)).status).toBe(200);
  expect((await get(`${running.health}/metrics`)).text).toContain(
    'zitadel_siem_lane_fault{destination="soc"} 1',
  );
});

it("sets aside records that the destination refuses, and goes on", async () => {
  const { configuration, secrets } = await zitadel();
  let refusals = 0;
  const { url, ids } = await receiver(() => (refusals++ < 12 ? 400 : 204));
  const running = await start(
    temporaryFolder(),
    configuration([{ name: "soc", http: { url, gzip: false }, batch: { inFlight: 1 } }]),
    secrets,
  );
  await untilAnswer(
    `${running.status}/`,
    ({ text }) => /"behind": 0/.test(text) && /"deadLetters": [1-9]/.test(text),
  );
  expect(ids.length).toBeGreaterThan(100);
});

it.each([
  ["{", /config\.json is not JSON/],
  [{ destinations: [] }, /destinations is empty: declare at least one/],
  [
    { destinations: [{ name: "a", http: { url: "ftp://x" } }] },
    /destinations\[0\]\.http\.url must be an http or https URL/,
  ],
])(
  "ends with status 2 and a line for each problem of the configuration %j",
  async (configuration, message) => {
    const running = await start(temporaryFolder(), configuration);
    expect(await running.exited).toBe(2);
    expect(running.errors.join("")).toMatch(message);
    expect(running.errors.join("")).not.toMatch(/\n\s+at /);
  },
);
