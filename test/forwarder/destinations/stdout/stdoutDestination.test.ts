import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { StandardOutput } from "../../../../forwarder/destinations/stdout/standardOutput";
import { StdoutDestination } from "../../../../forwarder/destinations/stdout/stdoutDestination";
import { temporaryFolder } from "../../journal/records";

/** A named pipe, as the runtime of a container gives it to a process. */
async function pipe() {
  const path = join(temporaryFolder(), "pipe");
  await once(spawn("mkfifo", [path]), "exit");
  /** What a program reads from it, line by line. */
  const read = (program: string, ...options: string[]) => {
    const reader = spawn(program, [...options, path], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void reader.kill("SIGKILL"));
    const lines: string[] = [];
    createInterface({ input: reader.stdout }).on("line", (line) => lines.push(line));
    return { lines, ended: once(reader, "close") };
  };
  return { path, read };
}

const batchOf = (name: string, records: number) => ({
  id: name,
  records: Array.from({ length: records }, (_, n) => {
    const id = `${name}-${n}`;
    return { id, createdMicros: n, body: JSON.stringify({ id, filling: "x".repeat(300) }) };
  }),
});

it("destinations that share the output keep their lines whole, though the reader is slower than they", async () => {
  const { path, read } = await pipe();
  const { lines, ended } = read("cat");
  const descriptor = openSync(path, "w");
  const output = new StandardOutput(descriptor);
  const batches = Array.from({ length: 20 }, (_, n) => batchOf(`batch-${n}`, 500));
  const outcomes = await Promise.all(batches.map((batch) => new StdoutDestination(output).deliver(batch)));
  expect(outcomes).toEqual(Array(20).fill({ kind: "acknowledged" }));
  closeSync(descriptor);
  await ended;
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(
    batches.flatMap(({ records }) => records.map(({ id }) => id)),
  );
});

it("a reader that goes away is tried again, and the next one gets whole lines", async () => {
  const { path, read } = await pipe();
  const first = read("head", "-c100000");
  const descriptor = openSync(path, "w");
  const destination = new StdoutDestination(new StandardOutput(descriptor));
  const batch = batchOf("again", 5000);
  expect(await destination.deliver(batch)).toEqual({
    kind: "retry",
    reason: "standard output takes nothing",
  });
  await first.ended;
  const second = read("cat");
  let outcome = await destination.deliver(batch);
  while (outcome.kind === "retry") outcome = await destination.deliver(batch);
  closeSync(descriptor);
  await second.ended;
  // Before them is what had been written and not read, which ends within a line.
  const ids = second.lines.slice(-5000).map((line) => JSON.parse(line).id);
  expect(ids).toEqual(batch.records.map(({ id }) => id));
  expect(second.lines.length).toBeGreaterThan(5000);
});
