import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Destination } from "../../forwarder/destinations/destination";
import { OtlpDestination } from "../../forwarder/destinations/otlp/otlpDestination";
import { SplunkDestination } from "../../forwarder/destinations/splunk/splunkDestination";
import { createFormatter, type Formatter } from "../../forwarder/records/formats/formatter";
import { SecretFiles } from "../../forwarder/secretFiles";
import { Random, runSeed } from "../completeness/random";
import { eventRecord, temporaryFolder } from "../forwarder/journal/records";
import { RunningLanes, VisibleEvents } from "../forwarder/lanes/world";
import { attribute, Collector, type StoredLogRecord } from "./collector";
import { deadLettersIn } from "./deadLetters";
import { type Answer, FaultyProxy, faultKinds } from "./faultyProxy";
import { deliverThroughRestarts } from "./restarts";

const RECORDS = 20_000;
const BATCH = 50;
/** The chance that a request meets a fault. */
const FAULTS = 0.15;

/** A destination, the server that it is tested against, and what the two refuse. */
interface Peer {
  receiver: "splunk_hec" | "otlp";
  extensions?: object;
  create(url: string, secrets: SecretFiles): Destination;
  formatter: Formatter;
  idOf(stored: StoredLogRecord): string | undefined;
  /** The answer that refuses a part of a batch. */
  partial(path: string): Answer | undefined;
  /** Reasons of dead letters: of the records that the server itself refuses, and of a part that was refused. */
  reasons: { poison?: RegExp; partial: RegExp };
}

const otel = createFormatter({ format: "otel", addressTrusted: false });
const isPoison = (text: string) => text.includes('"poison"');

const splunk = (acknowledgement: boolean): Peer => ({
  receiver: "splunk_hec",
  extensions: acknowledgement ? { ack: {} } : {},
  create: (url, secrets) =>
    new SplunkDestination(
      {
        url,
        token: "token",
        sourcetype: "zitadel:audit",
        source: "zitadel-siem",
        acknowledgement,
        acknowledgementTimeoutSeconds: 3,
        gzip: true,
        timeoutSeconds: 2,
      },
      8,
      { name: "siem", journalId: "j1" },
      secrets,
      Date.now,
    ),
  // The Collector refuses an event that is blank.
  formatter: (text) => (isPoison(text) ? '""' : text),
  idOf: (stored) => attribute(stored, "id"),
  partial: (path) =>
    path.startsWith("/services/collector/event")
      ? {
          status: 400,
          type: "application/json",
          body: '{"text":"Invalid data format","code":6,"invalid-event-number":0}',
        }
      : undefined,
  reasons: {
    poison: /^answered 400 code 13: Event field cannot be blank$/,
    partial: /^answered 400 code 6: Invalid data format$/,
  },
});

const otlp = (encoding: "protobuf" | "json"): Peer => ({
  receiver: "otlp",
  create: (url, secrets) =>
    new OtlpDestination(
      { url, encoding, headers: {}, secretHeaders: {}, gzip: true, timeoutSeconds: 2 },
      { inFlight: 8, maxBytes: 1 << 20 },
      false,
      () => "17",
      secrets,
      Date.now,
    ),
  // The Collector refuses a number that is none, where a number can be that.
  formatter: (text) => {
    if (encoding === "protobuf") return text;
    return isPoison(text)
      ? otel(text)?.replace(/"severityNumber":\d+/, '"severityNumber":"none"')
      : otel(text);
  },
  idOf: (stored) => attribute(stored, "log.record.uid"),
  partial: () =>
    encoding === "json"
      ? {
          status: 200,
          type: "application/json",
          body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}',
        }
      : {
          status: 200,
          type: "application/x-protobuf",
          body: Buffer.concat([Buffer.from([10, 11, 8, 1, 18, 7]), Buffer.from("too old")]),
        },
  reasons: {
    poison: encoding === "json" ? /^answered 400: / : undefined,
    partial: /^1 of \d+ refused(, which ones is unknown)?: too old$/,
  },
});

const peers: Record<string, Peer> = {
  splunk: splunk(false),
  "splunk with acknowledgement": splunk(true),
  "otlp as protobuf": otlp("protobuf"),
  "otlp as JSON": otlp("json"),
};

it.each(Object.entries(peers))("%s: every record is there or a dead letter", async (name, peer) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "secrets"));
  writeFileSync(join(folder, "secrets", "token"), "hec-token");
  const collector = await Collector.start(join(folder, "collector"), peer.receiver, peer.extensions);
  onTestFinished(() => collector.kill());
  const random = new Random(runSeed(name));
  const proxy = await FaultyProxy.start(collector.port, random, FAULTS, peer.partial);
  onTestFinished(() => proxy.close());
  const destination = peer.create(proxy.url, new SecretFiles(join(folder, "secrets")));
  onTestFinished(() => destination.close());

  const options = { maxBytes: 256 << 20, maxRecords: BATCH, inFlight: 8, formatter: peer.formatter };
  const lanes = new RunningLanes(
    join(folder, "journal"),
    { siem: destination },
    new VisibleEvents(),
    options,
  );
  const records = Array.from({ length: RECORDS }, (_, n) => {
    const record = eventRecord(n, { bytes: 100 });
    return n % 4000 === 7 ? { ...record, body: record.body.replace('"n":', '"poison":1,"n":') } : record;
  });
  await deliverThroughRestarts(lanes, records, proxy, {
    end: () => collector.kill(),
    run: () => collector.run(),
  });
  await lanes.crash();

  const stored = collector.stored().map(peer.idOf);
  const there = new Set(stored);
  const letters = deadLettersIn(join(folder, "journal"));
  const missing = records.filter(({ id }) => !there.has(id) && !letters.has(id));
  const poison = records.filter(({ body }) => isPoison(body)).map(({ id }) => id);
  console.log(
    `${name}: ${there.size} of ${RECORDS} there, ${stored.length - there.size} more than once, ` +
      `${letters.size} dead letters, ${missing.length} missing; faults ${JSON.stringify(proxy.faults)}, ` +
      `${proxy.unreachable} requests without a server, ${collector.starts} starts`,
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
  for (const kind of faultKinds) expect(proxy.faults[kind], kind).toBeGreaterThan(0);
  expect(proxy.unreachable).toBeGreaterThan(0);
  expect(letters.size).toBeGreaterThan(0);
  for (const [id, reason] of letters) {
    const refused = peer.reasons.poison && poison.includes(id) ? peer.reasons.poison : peer.reasons.partial;
    if (!peer.reasons.partial.test(reason)) expect(reason).toMatch(refused);
  }
  if (peer.reasons.poison) expect(poison.filter((id) => !letters.has(id))).toEqual([]);
});
