import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { collectorPath } from "../../tools/collector/ensureCollector";
import { representativeStacks } from "../components/representativeStacks";
import { eventRecords, temporaryFolder } from "../forwarder/journal/records";
import { attribute } from "./collector";
import { destinationAt, sidecarConfiguration, startSidecar } from "./sidecar";

const RECORDS = 2000;

/** What the real Collector says of a configuration; undefined when it takes it. */
function refusal(text: string, environment: NodeJS.ProcessEnv = {}): string | undefined {
  const file = join(temporaryFolder(), "collector.json");
  writeFileSync(file, text);
  const env = { ...process.env, ...environment };
  const { status, stderr } = spawnSync(collectorPath(), ["validate", "--config", file], { env });
  return status === 0 ? undefined : stderr.toString();
}

it("the Collector takes what the component writes", () => {
  const configuration = representativeStacks().everything!.find(
    ({ metadata }) => metadata.name === "audit-trail-configuration",
  ) as unknown as { data: { "collector.json": string } };
  expect(refusal(configuration.data["collector.json"], { KAFKA_PASSWORD: "p" })).toBeUndefined();
});

it.each([
  ["debug", {}],
  ["file", { path: "/dev/null" }],
  ["kafka", { brokers: ["127.0.0.1:9092"] }],
  ["otlphttp", { endpoint: "https://loki.example.com/otlp" }],
  ["splunk_hec", { token: "t", endpoint: "https://splunk.example.com:8088" }],
])("the Collector takes the exporter %s with what is switched off", (type, settings) => {
  const text = sidecarConfiguration({ lake: { [type]: settings } }, { lake: 4400 });
  expect(refusal(text)).toBeUndefined();
  const misspelt = sidecarConfiguration({ lake: { [type]: { ...settings, misspelt: 1 } } }, { lake: 4400 });
  expect(refusal(misspelt)).toContain("misspelt");
});

it("two exporters in one Collector each get their own records", async () => {
  const folder = temporaryFolder();
  const { collector, ports } = await startSidecar(
    folder,
    {
      // With rotation each request is written at once.
      first: { file: { path: `\${env:FOLDER}/received.ndjson`, rotation: { max_megabytes: 1000 } } },
      second: { file: { path: `\${env:FOLDER}/second.ndjson`, rotation: { max_megabytes: 1000 } } },
    },
    { FOLDER: folder },
  );
  onTestFinished(() => collector.kill());
  const destination = destinationAt(ports.first!);
  onTestFinished(() => destination.close());
  const records = eventRecords(0, RECORDS);
  for (let from = 0; from < RECORDS; from += 500) {
    const part = { id: `${from}`, records: records.slice(from, from + 500) };
    const outcome = await destination.deliver(part, new AbortController().signal);
    expect(outcome).toEqual({ kind: "acknowledged" });
  }
  const stored = collector.stored().map((record) => attribute(record, "log.record.uid"));
  expect(stored.sort()).toEqual(records.map(({ id }) => id).sort());
  expect(collector.stored("second.ndjson")).toEqual([]);
});
