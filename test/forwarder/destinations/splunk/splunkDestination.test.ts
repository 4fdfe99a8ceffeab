import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { OutgoingRecord } from "../../../../forwarder/destinations/destination";
import { outcomeOfCollector } from "../../../../forwarder/destinations/splunk/outcome";
import { channelId, collectorUrls, eventText } from "../../../../forwarder/destinations/splunk/request";
import { SplunkDestination } from "../../../../forwarder/destinations/splunk/splunkDestination";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { HecServer } from "../../../destinations/splunk/hecServer";
import { temporaryFolder } from "../../journal/records";
import { until } from "../../lanes/world";

const record = (n: number): OutgoingRecord => ({
  id: `v1-${n}`,
  createdMicros: 1_763_800_000_000_007 + n,
  body: JSON.stringify({ n, text: "ünï" }),
});
const batchOf = (...numbers: number[]) => ({ id: `msg_${numbers}`, records: numbers.map(record) });
const never = new AbortController().signal;

async function server(): Promise<HecServer> {
  const hec = await HecServer.start();
  onTestFinished(() => hec.close());
  return hec;
}

function destination(hec: HecServer, settings: Partial<SplunkSettings> = {}, token = hec.token) {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "token"), `${token}\n`);
  const made = new SplunkDestination(
    {
      url: hec.url,
      token: "token",
      sourcetype: "zitadel:audit",
      source: "zitadel-siem",
      acknowledgement: false,
      acknowledgementTimeoutSeconds: 1,
      gzip: true,
      timeoutSeconds: 5,
      ...settings,
    },
    4,
    { name: "soc", journalId: "j1" },
    new SecretFiles(folder),
    Date.now,
  );
  onTestFinished(() => made.close());
  return made;
}
type SplunkSettings = ConstructorParameters<typeof SplunkDestination>[0];

it("sends events with their time to the microsecond, what Splunk keeps with them, and the id as a field", async () => {
  const hec = await server();
  hec.acknowledges = false;
  const made = destination(hec, { index: "audit", host: "zitadel.example.com" });
  expect(await made.deliver(batchOf(1, 2), never)).toEqual({ kind: "acknowledged" });
  expect(hec.bodies[0]).toBe(
    ["1", "2"]
      .map(
        (n) =>
          `{"time":1763800000.00000${7 + Number(n)},"host":"zitadel.example.com","source":"zitadel-siem",` +
          `"sourcetype":"zitadel:audit","index":"audit","event":{"n":${n},"text":"ünï"},"fields":{"id":"v1-${n}"}}`,
      )
      .join("\n"),
  );
  expect(made.level).toBe("accepted");
});

it("leaves out what is the token's default", () => {
  const text = eventText({ ...record(1), createdMicros: 0 }, { sourcetype: "t", source: "s" });
  expect(text).toBe(
    '{"time":0.000000,"source":"s","sourcetype":"t","event":{"n":1,"text":"ünï"},"fields":{"id":"v1-1"}}',
  );
});

it("takes the collector's address or its whole URL", () => {
  for (const address of [
    "https://splunk.example.com:8088",
    "https://splunk.example.com:8088/",
    "https://splunk.example.com:8088/services/collector",
    "https://splunk.example.com:8088/services/collector/event",
  ])
    expect(Object.values(collectorUrls(address)).map(String)).toEqual([
      "https://splunk.example.com:8088/services/collector/event",
      "https://splunk.example.com:8088/services/collector/ack",
    ]);
  expect(collectorUrls("https://example.com/hec/").events.pathname).toBe("/hec/services/collector/event");
});

it("keeps a request below 1.5 MiB by sending a batch in parts", async () => {
  const hec = await server();
  hec.acknowledges = false;
  const large = [1, 2, 3, 4, 5].map((n) => ({ ...record(n), body: JSON.stringify("x".repeat(500_000)) }));
  const outcome = await destination(hec).deliver({ id: "large", records: large }, never);
  expect(outcome).toEqual({ kind: "acknowledged" });
  expect(hec.bodies).toHaveLength(2);
  expect(Math.max(...hec.bodies.map((text) => Buffer.byteLength(text)))).toBeLessThan(1.5 * (1 << 20));
  expect(hec.events).toHaveLength(5);
});

describe("with indexer acknowledgement", () => {
  it("a batch is delivered once it is indexed, not before", async () => {
    const hec = await server();
    hec.indexes = false;
    const made = destination(hec, { acknowledgement: true, acknowledgementTimeoutSeconds: 60 });
    expect(made.level).toBe("indexed");
    let delivered = false;
    const delivery = made.deliver(batchOf(1, 2), never).finally(() => {
      delivered = true;
    });
    await until(() => hec.polls >= 2, "a second question for the acknowledgement");
    expect(delivered).toBe(false);
    hec.index();
    expect(await delivery).toEqual({ kind: "acknowledged" });
  });

  it("what a restart lost is sent again after a time, and no id of before stands for one of after", async () => {
    const hec = await server();
    hec.indexes = false;
    const made = destination(hec, { acknowledgement: true });
    const lost = [1, 2].map((n) => made.deliver(batchOf(n), never));
    await until(() => hec.polls >= 2, "questions for both acknowledgements");
    hec.restart();
    hec.indexes = true;
    // These take the ids that the lost ones had.
    const later = [3, 4].map((n) => made.deliver(batchOf(n), never));
    expect(await Promise.all(later)).toEqual(later.map(() => ({ kind: "acknowledged" })));
    expect((await Promise.all(lost)).map(({ kind }) => kind)).toEqual(["retry", "retry"]);
    expect([...hec.indexed.keys()].sort()).toEqual(["v1-3", "v1-4"]);
  });

  it("has the same channels after its own restart, one for each batch under way", async () => {
    const hec = await server();
    for (let start = 0; start < 2; start += 1) {
      const made = destination(hec, { acknowledgement: true });
      await Promise.all([1, 2].map((n) => made.deliver(batchOf(n), never)));
    }
    expect(hec.channels.size).toBe(2);
    expect(channelId("j1", "soc", 0)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(hec.channels).toContain(channelId("j1", "soc", 0));
    expect(channelId("j2", "soc", 0)).not.toBe(channelId("j1", "soc", 0));
  });

  it("without any acknowledgement sends one batch at a time, as a probe, and says what to mend", async () => {
    const hec = await server();
    hec.indexes = false;
    const made = destination(hec, { acknowledgement: true });
    const first = await Promise.all([1, 2, 3].map((n) => made.deliver(batchOf(n), never)));
    expect(first.map(({ kind }) => kind).sort()).toEqual(["fault", "retry", "retry"]);
    expect(hec.requests).toBe(3);
    const probes = [1, 2, 3].map((n) => made.deliver(batchOf(n), never));
    expect((await Promise.race(probes)).kind).toBe("fault");
    expect(hec.requests).toBeLessThanOrEqual(5);
    hec.indexes = true;
    hec.index();
    const rest = await Promise.all(probes);
    expect(rest.filter(({ kind }) => kind === "acknowledged").length).toBeGreaterThanOrEqual(1);
  });

  it("an answer without an id is a fault", async () => {
    const hec = await server();
    hec.acknowledges = false;
    const outcome = await destination(hec, { acknowledgement: true }).deliver(batchOf(1), never);
    expect(outcome).toMatchObject({ kind: "fault", remedy: expect.stringContaining("enable indexer") });
  });

  it("keeps the cookie that leads to the same indexer", async () => {
    const hec = await server();
    hec.setCookie = "AWSALB=abc123; Expires=Sun, 29 Nov 2026 00:00:00 GMT; Path=/";
    const made = destination(hec, { acknowledgement: true });
    await made.deliver(batchOf(1), never);
    expect(hec.cookies).toEqual([undefined, "AWSALB=abc123"]);
  });

  it("ends at once when it is abandoned", async () => {
    const hec = await server();
    hec.indexes = false;
    const abandon = new AbortController();
    const made = destination(hec, { acknowledgement: true, acknowledgementTimeoutSeconds: 3600 });
    const delivery = made.deliver(batchOf(1), abandon.signal);
    await until(() => hec.polls >= 1, "a question for the acknowledgement");
    abandon.abort(new Error("abandoned"));
    await expect(delivery).rejects.toThrow("abandoned");
  });
});

it("a refused event is named, and the others are sent again", async () => {
  const hec = await server();
  hec.poison = ({ fields }) => fields.id === "v1-2";
  const outcome = await destination(hec, { acknowledgement: true }).deliver(batchOf(1, 2, 3), never);
  const reason = "answered 400 code 6: Invalid data format";
  expect(outcome).toEqual({
    kind: "divided",
    refused: new Map([["v1-2", reason]]),
    retry: {
      ids: new Set(["v1-1", "v1-3"]),
      reason: `sent with a record that was refused (${reason})`,
      afterMillis: 0,
    },
  });
  expect((await destination(hec, { acknowledgement: true }).deliver(batchOf(2), never)).kind).toBe("refused");
});

it("a wrong token is a fault that does not tell it", async () => {
  const hec = await server();
  const outcome = await destination(hec, {}, "another-token").deliver(batchOf(1), never);
  expect(outcome).toEqual({
    kind: "fault",
    reason: "answered 403 code 4: Invalid token",
    remedy: "give a token that this Splunk knows: its file is read again when it changes",
  });
});

const answerOf = (status: number, text: string) => ({ status, text, body: Buffer.from(text), cookies: [] });

describe("an answer", () => {
  it.each([
    [403, 1, "fault"],
    [401, 2, "fault"],
    [401, 3, "fault"],
    [403, 4, "fault"],
    [400, 5, "refused"],
    [400, 6, "refused"],
    [400, 7, "fault"],
    [500, 8, "retry"],
    [503, 9, "retry"],
    [400, 10, "fault"],
    [400, 12, "refused"],
    [400, 13, "refused"],
    [400, 14, "fault"],
    [400, 15, "refused"],
    [503, 18, "retry"],
    [503, 23, "retry"],
    [429, 24, "retry"],
  ])("%i with code %i means %s", (status, code, kind) => {
    expect(
      outcomeOfCollector(answerOf(status, JSON.stringify({ text: "x", code })), batchOf(1, 2).records, 0)
        .kind,
    ).toBe(kind);
  });

  it("without any code means what its status means", () => {
    const kindOf = (status: number, text: string) =>
      outcomeOfCollector({ ...answerOf(status, text), retryAfter: "7" }, batchOf(1).records, 0);
    expect(kindOf(429, "slow down")).toEqual({ kind: "retry", reason: "answered 429", afterMillis: 7000 });
    expect(kindOf(413, "<html>").kind).toBe("refused");
    expect(kindOf(404, '{"code":404}').kind).toBe("fault");
  });
});
