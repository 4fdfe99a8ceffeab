/**
 * The first thing that each local plugin runs. The plugins here change whatever they are pointed at, so they
 * work for a local run only: without that run's marker they refuse to start. Each start is written to the
 * run's log, by which the run sees that the engine took its plugins and no others; and a plugin ends with
 * the engine that started it, even where that was killed.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { RUN_LOG, RUN_MARKER } from "./engineEnvironment";

/** Milliseconds between two looks at whether the engine is still there. */
const PARENT_INTERVAL = 1_000;

const runId = process.env[RUN_MARKER];
const log = process.env[RUN_LOG];
const name = basename(process.argv[1] ?? "");
const refusal = `${name} is a plugin for local runs of this project and for its tests: it runs only where one of them starts it.`;

function isOfARun(): boolean {
  if (!runId || !log) return false;
  try {
    return readFileSync(log, "utf8").startsWith(`${runId}\n`);
  } catch {
    return false;
  }
}

if (!isOfARun()) {
  console.error(refusal);
  process.exit(1);
}

appendFileSync(log!, `${JSON.stringify({ plugin: process.argv[1], pid: process.pid })}\n`);

const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, PARENT_INTERVAL).unref();
