import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ConfigurationInput } from "../../contract";
import { builtBundle, ForwarderProcess } from "./forwarderProcess";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What must not be repeated, whatever is wrong. */
const SECRET = "PLANTED";

const zitadel = { issuer: "http://localhost:1", credentials: { machineKeyFiles: ["key.json"] } };
const events = { startFrom: "beginning" };
const http = { url: "http://127.0.0.1:1" };
const good = { zitadel, events, destinations: [{ name: "siem", http }] };

/** A configuration with one destination of this kind. */
const to = (settings: object) => ({ ...good, destinations: [{ name: "siem", http: settings }] });
const filtered = (filter: object) => ({ ...good, events: { ...events, filter } });
const named = (count: number) => Array.from({ length: count }, (_, index) => `type${index}`);

/** Configurations, each with the lines that a start with it must say: path and remedy. */
const wrong: [configuration: unknown, ...lines: [path: string, remedy: RegExp][]][] = [
  [5, ["configuration", /must be an object/]],
  [[], ["configuration", /must be an object/]],
  [
    {},
    ["zitadel", /is missing: give it\. How the forwarder/],
    ["events", /is missing: give it\. Which events/],
    ["destinations", /is missing: declare at least one/],
  ],
  [{ ...good, destination: [] }, ["destination", /is not known: did you mean "destinations"/]],
  [
    {
      zitadel: {
        issuer: `https://user:${SECRET}@zitadel.example.com`,
        address: SECRET,
        ca: "/etc/ca.pem",
        credentials: { machineKeyFiles: ["key.json"], personalAccessTokenFile: `../${SECRET}` },
      },
      events: {
        startFrom: `since ${SECRET}`,
        sweepSeconds: 59,
        readShare: 1.5,
        filter: {
          eventTypes: named(31),
          aggregateTypes: named(11),
          aggregateId: "1".repeat(201),
          resourceOwner: "",
          editorUserId: 17,
          from: "yesterday",
          to: "2026-13-01T00:00:00Z",
          eventtypes: [SECRET],
        },
      },
      destinations: [
        { name: "Not A Name", http },
        { name: "none" },
        { name: "two", http, stdout: {} },
        {
          name: "siem",
          http: {
            url: `ftp://${SECRET}`,
            body: SECRET,
            gzip: "yes",
            bearer: `/${SECRET}`,
            basic: { userName: "", password: `/${SECRET}` },
            signing: { secret: `../${SECRET}`, key: SECRET },
            ca: "",
            headers: { "x-number": 5 },
            timeoutSeconds: 0,
            token: SECRET,
          },
          batch: { maxRecords: 0, maxBytes: 65 << 20, inFlight: 65 },
        },
      ],
      journal: { storage: "nfs", maxBytes: 1000 },
      redaction: { release: [{ eventType: "user.human.added" }] },
      log: { level: SECRET },
    },
    ["zitadel.issuer", /must not hold a user name or password: use/],
    ["zitadel.address", /must be an http or https URL/],
    ["zitadel.ca", /must be a path relative to the secrets folder/],
    ["zitadel.credentials", /must be exactly one of/],
    ["events.startFrom", /write a time as RFC 3339 .* for example/],
    ["events.sweepSeconds", /give at least 60/],
    ["events.readShare", /give at most 1$/],
    ["events.filter.eventTypes", /give at most 30/],
    ["events.filter.aggregateTypes", /give at most 10/],
    ["events.filter.aggregateId", /give at most 200 characters/],
    ["events.filter.resourceOwner", /is empty: give/],
    ["events.filter.editorUserId", /is a number.* in quotes/],
    ["events.filter.from", /write it as RFC 3339 .* for example/],
    ["events.filter.to", /write it as RFC 3339 .* for example/],
    ["events.filter.eventtypes", /is not known: did you mean "eventTypes"/],
    ["destinations[0].name", /must be 1 to 40 lower-case letters/],
    ["destinations[1]", /has no kind: give exactly one of http, .*stdout/],
    ["destinations[2]", /has 2 kinds \(http, stdout\): give exactly one/],
    ["destinations[3].http.url", /must be an http or https URL/],
    ["destinations[3].http.body", /must be one of "json", "ndjson"/],
    ["destinations[3].http.gzip", /must be true or false/],
    ["destinations[3].http.bearer", /must be a path relative to the secrets folder/],
    ["destinations[3].http.basic.userName", /is empty: give/],
    ["destinations[3].http.basic.password", /must be a path relative to the secrets folder/],
    ["destinations[3].http.signing.secret", /must be a path relative to the secrets folder/],
    ["destinations[3].http.signing.key", /is not known here: it belongs to destinations/],
    ["destinations[3].http.ca", /is empty: give/],
    ["destinations[3].http.headers.x-number", /is a number/],
    ["destinations[3].http.timeoutSeconds", /give at least 1/],
    ["destinations[3].http.token", /is not known here: it belongs to destinations\[\]\.splunk/],
    ["destinations[3].batch.maxRecords", /give at least 1/],
    ["destinations[3].batch.maxBytes", /give at most 67108864/],
    ["destinations[3].batch.inFlight", /give at most 64/],
    ["journal.storage", /must be one of "volume", "ephemeral"/],
    ["journal.maxBytes", /give at least 4194304/],
    ["redaction.release[0].field", /is missing: give it/],
    ["log.level", /must be one of "debug", "info", "warn", "error"/],
  ],
  [
    { ...good, zitadel: { ...zitadel, credentials: { machineKeyFiles: [] } } },
    ["zitadel.credentials.machineKeyFiles", /is empty: give at least one/],
  ],
  [{ ...good, events: {} }, ["events.startFrom", /must be one of "beginning", a time such as/]],
  [
    filtered({ from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" }),
    ["events.filter.to", /must be later than 'from'/],
  ],
  [{ ...good, destinations: [] }, ["destinations", /declare at least one destination, for example/]],
  [
    { ...good, destinations: [...good.destinations, ...good.destinations] },
    ["destinations[1].name", /is already the name of destinations\[0\]: .* give another/],
  ],
  [
    to({ url: `https://user:${SECRET}@siem.example.com` }),
    ["destinations[0].http.url", /must not hold a user name or password: use bearer or basic/],
  ],
  [
    to({ url: `https://siem.example.com/in?tenant=1&api%5Fkey=${SECRET}` }),
    ["destinations[0].http.url", /must not hold a credential among its parameters.* use bearer, basic/],
  ],
  [
    to({ ...http, headers: { Authorization: `Splunk ${SECRET}`, "X-Api-Key": SECRET, "x-tenant": "audit" } }),
    ["destinations[0].http.headers.Authorization", /is a header for a credential.* use bearer, basic/],
    ["destinations[0].http.headers.X-Api-Key", /is a header for a credential.* use bearer, basic/],
  ],
  [
    {
      ...good,
      redaction: {
        release: [
          { eventType: "user.human.added", field: "address" },
          { eventType: "user.human.added", field: "encodedHash" },
          { eventType: "invented.type", field: "nested.clientSecret" },
        ],
      },
    },
    ["redaction.release[1].field", /is a secret of user\.human\.added .* take this entry out/],
    ["redaction.release[2].field", /has the name of a secret .* take this entry out/],
  ],
];

test("a wrong configuration ends the start with status 2 and a line for each problem: path and remedy", async () => {
  let lines = 0;
  for (const [configuration, ...expected] of wrong) {
    const { status, said } = await run(JSON.stringify(configuration));
    expect(status, said.join("\n")).toBe(2);
    expect(said.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(
      expect.arrayContaining(expected.map(([path]) => `ConfigurationError: ${path}`)),
    );
    for (const [path, remedy] of expected) {
      const start = `ConfigurationError: ${path} `;
      const line = said.find((text) => text.startsWith(start) && remedy.test(text));
      expect(line, `${path} ${remedy} in:\n${said.join("\n")}`).toBeDefined();
    }
    expect(said, "a line for each problem and no other").toHaveLength(expected.length);
    expect(said.join("\n")).not.toContain(SECRET);
    lines += said.length;
  }
  console.log(`bad configuration: ${wrong.length} configurations, ${lines} lines`);
});

test("a file that is no configuration, or none at all, ends the start with status 2 and what to do", async () => {
  const none = await run(undefined);
  expect(none.status).toBe(2);
  expect(none.said).toEqual([expect.stringMatching(/config\.json cannot be read \(ENOENT\): give its path/)]);
  const broken = await run(`{"zitadel": "${SECRET}`);
  expect(broken.status).toBe(2);
  expect(broken.said).toEqual([expect.stringMatching(/config\.json is not JSON: correct it$/)]);
});

test("a wrong command line ends the start with status 2, what is wrong and the usage", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-configuration-"));
  folders.push(folder);
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(good));
  const needed = ["--config", config, "--secrets", folder, "--journal", join(folder, "journal")];
  const busy = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => busy.once("listening", resolve));
  const { port } = busy.address() as AddressInfo;
  const elsewhere = ["--health", "127.0.0.1:0", "--status", "127.0.0.1:0"];
  const lines: [args: string[], status: number, line: RegExp, usage: boolean][] = [
    [[], 2, /^--config is missing$/, true],
    [needed.slice(0, 2), 2, /^--secrets is missing$/, true],
    [needed.slice(0, 4), 2, /^--journal is missing$/, true],
    [[...needed, "--jurnal", "x"], 2, /^Unknown option '--jurnal'/, true],
    [[...needed, "--health", "8081"], 2, /^--health "8081" is no address: write it as host:port/, true],
    [[...needed, "--status", "localhost:70000"], 2, /^--status .* is no address/, true],
    [
      [...needed, ...elsewhere, "--health", `127.0.0.1:${port}`],
      2,
      /^ListenerError: 127\.0\.0\.1:\d+ cannot be listened on \(EADDRINUSE\): free it, or give another/,
      false,
    ],
  ];
  for (const [args, status, line, usage] of lines) {
    const { status: ended, stderr } = spawnSync(process.execPath, [builtBundle, ...args], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const said = stderr.trimEnd().split("\n");
    expect({ args, ended, said: said.filter((text) => line.test(text)).length }).toEqual({
      args,
      ended: status,
      said: 1,
    });
    expect(stderr.includes("usage: forwarder --config"), stderr).toBe(usage);
    expect(stderr, "no stack trace").not.toMatch(/^\s+at /m);
  }
  busy.close();
});

/** Starts the forwarder with this text as its configuration (undefined: no file) and waits for its end. */
async function run(text: string | undefined): Promise<{ status: number | null; said: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-configuration-"));
  folders.push(folder);
  const forwarder = new ForwarderProcess({ folder, configuration: {} as ConfigurationInput, secrets: {} });
  const file = join(folder, "config.json");
  if (text === undefined) rmSync(file);
  else writeFileSync(file, text);
  await forwarder.start();
  const status = await forwarder.ended();
  const said = forwarder.readLog().trimEnd().split("\n");
  for (const line of said) expect(line, "no stack trace").not.toMatch(/^\s+at |node:internal/);
  return { status, said };
}
