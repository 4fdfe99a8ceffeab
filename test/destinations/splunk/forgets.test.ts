import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { SplunkDestination } from "../../../forwarder/destinations/splunk/splunkDestination";
import { SecretFiles } from "../../../forwarder/secretFiles";
import { eventRecords, temporaryFolder } from "../../forwarder/journal/records";
import { RunningLanes, until, VisibleEvents } from "../../forwarder/lanes/world";
import { Collector } from "../collector";
import { HecServer } from "./hecServer";

const RECORDS = 2_000;

it("a Splunk that takes events and forgets them before they are indexed loses nothing", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "secrets"));
  const hec = await HecServer.start();
  onTestFinished(() => hec.close());
  writeFileSync(join(folder, "secrets", "token"), hec.token);
  hec.indexes = false;
  const splunk = new SplunkDestination(
    {
      url: hec.url,
      token: "token",
      sourcetype: "zitadel:audit",
      source: "zitadel-siem",
      acknowledgement: true,
      acknowledgementTimeoutSeconds: 1,
      gzip: true,
      timeoutSeconds: 5,
    },
    4,
    { name: "siem", journalId: "j1" },
    new SecretFiles(join(folder, "secrets")),
    Date.now,
  );
  onTestFinished(() => splunk.close());
  const options = { maxBytes: 64 << 20, maxRecords: 100, inFlight: 4 };
  const lanes = new RunningLanes(join(folder, "journal"), { siem: splunk }, new VisibleEvents(), options);
  const records = eventRecords(0, RECORDS);
  lanes.journal.commit("events", records, "");

  for (let restarts = 0; restarts < 3; restarts += 1) {
    const before = hec.requests;
    await until(() => hec.requests >= before + 2, "two batches are taken");
    hec.restart();
  }
  const { lastPosition } = lanes.journal.status();
  hec.indexes = true;
  await until(() => lanes.journal.lane("siem").acknowledged === lastPosition, "everything is delivered");
  await lanes.crash();

  const missing = records.filter(({ id }) => !hec.indexed.has(id));
  console.log(
    `forgotten ${hec.forgotten}, indexed ${hec.indexed.size} of ${RECORDS}, missing ${missing.length}`,
  );
  expect(hec.forgotten).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});

it("our server answers about acknowledgements as the OpenTelemetry Collector does", async () => {
  const hec = await HecServer.start();
  onTestFinished(() => hec.close());
  const collector = await Collector.start(join(temporaryFolder(), "collector"), "splunk_hec", { ack: {} });
  onTestFinished(() => collector.kill());
  const ours = await conversation(hec.url);
  expect(ours).toEqual(await conversation(collector.url));
  expect(ours.map(({ answer }) => answer)).toContainEqual([true]);
});

/** Two events, then questions: for the first twice, for one that never was. */
async function conversation(url: string): Promise<{ status?: number; answer: unknown }[]> {
  const channel = "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba";
  const headers = { authorization: "Splunk hec-token", "x-splunk-request-channel": channel };
  const post = async (path: string, body: object) => {
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, answer: await response.json() };
  };
  const event = { time: 1, event: { n: 1 }, source: "s", sourcetype: "t", fields: { id: "v1-1" } };
  const ask = (acks: number[]) => post(`/services/collector/ack?channel=${channel}`, { acks });
  const sent = [];
  for (let n = 0; n < 2; n += 1) sent.push(await post("/services/collector/event", event));
  const [first = 0, second = 0] = sent.map(({ answer }) => (answer as { ackId: number }).ackId);
  // Where ids begin is each server's own affair: only how they go on is compared.
  const said = sent.map(({ status, answer }) => ({ status, answer: { ...(answer as object), ackId: "id" } }));
  const told = [];
  for (const id of [first, first, second, 99]) {
    const { status, answer } = await ask([id]);
    told.push({ status, answer: Object.values((answer as { acks: Record<string, boolean> }).acks) });
  }
  return [...said, { answer: `ids go up by ${second - first}` }, ...told];
}
