import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../forwarder/journal/records";
import { attribute, Collector, logRecordsIn } from "./collector";

/** A request with LogRecords of these ids, as the file exporter writes it. */
function stored(...ids: string[]): string {
  const logRecords = ids.map((id) => ({
    timeUnixNano: "1",
    attributes: [{ key: "id", value: { stringValue: id } }],
    body: { stringValue: 'a text with {"resourceLogs":[ in it' },
  }));
  return JSON.stringify({ resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords }] }] });
}

const idsIn = (lines: string) => logRecordsIn(lines).map((record) => attribute(record, "id"));

it("reads a request behind one that was cut short anywhere, and nothing of that one", () => {
  const [cut, whole] = [stored("a", "b"), stored("c", "d")];
  for (let length = 0; length < cut.length; length += 1) {
    const lines = `${stored("x")}\n${cut.slice(0, length)}${whole}\n${stored("y")}\n`;
    expect(idsIn(lines), `cut after ${length}`).toEqual(["x", "c", "d", "y"]);
  }
});

it("reads both of two requests between which the end of the line is missing", () => {
  expect(idsIn(`${stored("a", "b")}${stored("c")}\n`)).toEqual(["a", "b", "c"]);
});

it("reads nothing of a last request that was cut short", () => {
  expect(idsIn("")).toEqual([]);
  expect(idsIn(`${stored("a")}\n${stored("b", "c").slice(0, -1)}`)).toEqual(["a"]);
});

it("finds what a Collector took that was started after a kill within a line", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "received.ndjson"), `${stored("a")}\n${stored("b").slice(0, -9)}`);
  const collector = await Collector.start(folder, "splunk_hec");
  onTestFinished(() => collector.kill());
  const body = JSON.stringify({ event: "taken", fields: { id: "c" } });
  const answer = await fetch(`${collector.url}/services/collector/event`, { method: "POST", body });
  expect([answer.status, await answer.json()]).toEqual([200, { text: "Success", code: 0 }]);
  await collector.kill();
  expect(collector.stored().map((record) => attribute(record, "id"))).toEqual(["a", "c"]);
});
