import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Destination, Outcome } from "../../../forwarder/destinations/destination";
import { Random, runSeed } from "../../completeness/random";
import { until } from "../../completeness/stage";
import { eventRecord, temporaryFolder } from "../../forwarder/journal/records";
import { RunningLanes, VisibleEvents } from "../../forwarder/lanes/world";
import { attribute, logRecordsIn } from "../collector";
import { deadLettersIn } from "../deadLetters";
import { FaultyProxy, faultKinds } from "../faultyProxy";
import { destinationAt, startSidecar } from "../sidecar";
import { KafkaBroker } from "./broker";

const RECORDS = 20_000;
const BATCH = 50;
/** The chance that a request to the Collector meets a fault. */
const FAULTS = 0.15;
/** What the producer takes as one message. Bytes. */
const LARGEST_MESSAGE = 150_000;

const isPoison = (n: number) => n % 4000 === 7;

it("Kafka: every record is in the topic or a dead letter", async () => {
  const folder = temporaryFolder();
  const broker = await KafkaBroker.start(join(folder, "broker"));
  onTestFinished(() => broker.kill());
  const kafka = {
    brokers: [broker.address],
    logs: { topic: "audit", encoding: "otlp_json" },
    producer: { required_acks: -1, max_message_bytes: LARGEST_MESSAGE, flush_max_messages: 100 },
  };
  const { collector, ports } = await startSidecar(join(folder, "collector"), { lake: { kafka } });
  onTestFinished(() => collector.kill());
  const proxy = await FaultyProxy.start(ports.lake!, new Random(runSeed("Kafka")), FAULTS, () => undefined);
  onTestFinished(() => proxy.close());
  const destination = new Watched(destinationAt(Number(new URL(proxy.url).port)));
  onTestFinished(() => destination.close());

  const journal = join(folder, "journal");
  const options = { maxBytes: 256 << 20, maxRecords: BATCH, inFlight: 8 };
  const lanes = new RunningLanes(journal, { siem: destination }, new VisibleEvents(), options);
  const records = Array.from({ length: RECORDS }, (_, n) =>
    eventRecord(n, { bytes: isPoison(n) ? 2 * LARGEST_MESSAGE : 100 }),
  );
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
  await pass(0.3);
  await broker.kill();
  const before = destination.retries;
  await until("requests fail without a broker", 120, () => destination.retries >= before + 12);
  const withoutBroker = destination.retries - before;
  await broker.run();
  await pass(0.7);
  await collector.kill();
  await until("a request finds no Collector", 60, () => proxy.unreachable > 0);
  await collector.run();
  await pass(1);
  await lanes.crash();

  const stored = logRecordsIn(broker.messages("audit")).map((record) => attribute(record, "log.record.uid"));
  const there = new Set(stored);
  const letters = deadLettersIn(journal);
  const poison = records.filter((_, n) => isPoison(n)).map(({ id }) => id);
  const missing = records.filter(({ id }) => !there.has(id) && !letters.has(id));
  console.log(
    `Kafka: ${there.size} of ${RECORDS} in the topic, ${stored.length - there.size} more than once, ` +
      `${letters.size} dead letters, ${missing.length} missing; faults ${JSON.stringify(proxy.faults)}, ` +
      `${withoutBroker} attempts without a broker, ${proxy.unreachable} without a Collector, ` +
      `${broker.starts} starts of the broker, ${collector.starts} of the Collector`,
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
  expect([...letters.keys()].sort()).toEqual(poison.sort());
  for (const reason of letters.values()) expect(reason).toMatch(/^answered 500: .*MESSAGE_TOO_LARGE/);
  expect(there.size).toBe(RECORDS - poison.length);
  expect(withoutBroker).toBeGreaterThan(0);
  expect(proxy.unreachable).toBeGreaterThan(0);
  for (const kind of faultKinds.filter((kind) => kind !== "partial"))
    expect(proxy.faults[kind], kind).toBeGreaterThan(0);
});

/** A destination whose failures are counted. */
class Watched implements Destination {
  readonly kind = "collector";
  readonly level = "accepted";
  retries = 0;

  constructor(private readonly inner: Destination) {}

  async deliver(...given: Parameters<Destination["deliver"]>): Promise<Outcome> {
    const outcome = await this.inner.deliver(...given);
    if (outcome.kind === "retry") this.retries += 1;
    return outcome;
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
