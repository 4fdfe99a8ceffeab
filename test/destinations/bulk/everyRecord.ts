import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { BulkTarget } from "../../../contract/destinations/bulk";
import { BulkDestination } from "../../../forwarder/destinations/bulk/bulkDestination";
import { createFormatter } from "../../../forwarder/records/formats/formatter";
import { SecretFiles } from "../../../forwarder/secretFiles";
import { Random, runSeed } from "../../completeness/random";
import { until } from "../../completeness/stage";
import { eventRecord, temporaryFolder } from "../../forwarder/journal/records";
import { RunningLanes, VisibleEvents } from "../../forwarder/lanes/world";
import { deadLettersIn } from "../deadLetters";
import { FaultyProxy, faultKinds } from "../faultyProxy";
import type { SearchNode } from "./node";

const RECORDS = 20_000;
/** The chance that a request meets a fault. */
const FAULTS = 0.15;
/** A value in a poison record, which no reason may repeat. */
const POISON = "poison-value";

const ecs = createFormatter({ format: "ecs", addressTrusted: false });
/** A text where the index has an object: the server refuses the document. */
const formatter = (text: string) =>
  text.includes('"poison"') ? JSON.stringify({ ...JSON.parse(ecs(text)!), event: POISON }) : ecs(text);

/** Where records go, and by which name they are found. */
export interface Place {
  name: string;
  target: BulkTarget;
  found: string;
}

/** Under faults, and with a kill of the node in between, every record gets there or is a dead letter. */
export async function expectEveryRecord(node: SearchNode, { name, target, found }: Place): Promise<void> {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const random = new Random(runSeed(`${node.kind}: ${name}`));
  const proxy = await FaultyProxy.start(node.port, random, FAULTS, tooBusy);
  onTestFinished(() => proxy.close());
  const settings = { url: proxy.url, target, template: "install", gzip: false, timeoutSeconds: 5 } as const;
  const destination = new BulkDestination(node.kind, settings, "ecs", 8, new SecretFiles(folder), Date.now);
  onTestFinished(() => destination.close());
  const journal = join(folder, "journal");
  const options = { maxBytes: 256 << 20, maxRecords: 100, inFlight: 8, formatter };
  const lanes = new RunningLanes(journal, { siem: destination }, new VisibleEvents(), options);
  const records = Array.from({ length: RECORDS }, (_, n) => {
    const record = eventRecord(n, { bytes: 100 });
    return n % 4000 === 7 ? { ...record, body: record.body.replace('"n":', '"poison":1,"n":') } : record;
  });
  for (let from = 0; from < RECORDS; from += 1000)
    lanes.journal.commit("events", records.slice(from, from + 1000), "");

  const passed = () => lanes.journal.lane("siem").acknowledged / lanes.journal.status().lastPosition;
  const pass = (share: number) =>
    until(
      `${share} of the records are delivered`,
      240,
      () => passed() >= share,
      () => `${passed()} are`,
    );
  let rollovers = 0;
  for (const share of [0.2, 0.5, 0.7]) {
    await pass(share);
    if (share === 0.5) {
      await node.kill();
      await until("a request finds no server", 60, () => proxy.unreachable > 0);
      await node.run();
    }
    if (target.dataStream === undefined) continue;
    await node.ask("POST", `/${target.dataStream}/_rollover`);
    rollovers += 1;
  }
  await pass(1);
  await lanes.crash();

  const stored = await node.ids(found);
  const { count } = await node.ask<{ count: number }>("GET", `/${found}/_count`);
  const there = new Set(stored);
  const letters = deadLettersIn(journal);
  const poison = records.filter(({ body }) => body.includes('"poison"')).map(({ id }) => id);
  const missing = records.filter(({ id }) => !there.has(id) && !letters.has(id));
  console.log(
    `${node.kind}, ${name}: ${count} documents of ${there.size} records, ${count - there.size} more than once, ` +
      `${letters.size} dead letters, ${missing.length} missing; faults ${JSON.stringify(proxy.faults)}, ` +
      `${proxy.unreachable} requests without a server, ${rollovers} rollovers`,
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
  expect([...letters.keys()].sort()).toEqual(poison.sort());
  for (const reason of letters.values()) {
    expect(reason).toMatch(/^answered 400 mapper_parsing_exception: object mapping for \[event\] tried/);
    expect(reason).not.toContain(POISON);
  }
  expect(stored.length).toBe(count);
  expect(there.size).toBe(RECORDS - poison.length);
  if (target.dataStream === undefined) expect(count).toBe(RECORDS - poison.length);
  else expect(rollovers).toBeGreaterThan(0);
  for (const kind of faultKinds) expect(proxy.faults[kind], kind).toBeGreaterThan(0);
  expect(proxy.unreachable).toBeGreaterThan(0);
}

/** A 200 in which every document was refused for now. */
function tooBusy(path: string, request: Buffer) {
  if (!path.startsWith("/_bulk")) return undefined;
  const error = { type: "rejected_execution_exception", reason: "queue is full" };
  const documents = (request.toString().match(/^\{"create":/gm) ?? []).length;
  const items = Array.from({ length: documents }, () => ({ create: { status: 429, error } }));
  return { status: 200, type: "application/json", body: JSON.stringify({ errors: true, items }) };
}
