import { expect } from "vitest";
import type { ForwarderProcess } from "./forwarderProcess";
import { until } from "./stage";

/** What /readyz shows. */
export interface Readiness {
  ready: boolean;
  faults: { where: string; reason: string; remedy: string }[];
  events: { phase: string; poison: number; unknownTypes: string[]; checkpoint: string };
  lanes: { destination: string; state: string; reason?: string; behind: number; deadLetters: number }[];
}

/** A line of the forwarder's log. */
export interface LogLine extends Record<string, unknown> {
  level: string;
  msg: string;
  remedy?: string;
}

/** What readiness shows at present; undefined while nothing listens. */
export async function readinessOf(forwarder: ForwarderProcess): Promise<Readiness | undefined> {
  const page = await forwarder.health("/readyz");
  if (page === undefined) return undefined;
  const readiness = JSON.parse(page.text) as Readiness;
  expect(page.status).toBe(readiness.ready ? 200 : 503);
  return readiness;
}

/** Waits until readiness shows a fault of this part with this reason and remedy. */
export async function untilFault(
  forwarder: ForwarderProcess,
  where: string,
  reason: RegExp,
  remedy: RegExp,
  seconds = 60,
): Promise<void> {
  let shown: Readiness | undefined;
  await until(
    `readiness shows a fault of ${where}: ${reason}`,
    seconds,
    async () => {
      shown = await readinessOf(forwarder);
      return shown?.faults.some((fault) => fault.where === where && reason.test(fault.reason)) ?? false;
    },
    () => `it shows ${JSON.stringify(shown?.faults)}\n${forwarder.readLog().slice(-2000)}`,
  );
  expect(shown!.ready).toBe(false);
  const fault = shown!.faults.find((one) => one.where === where && reason.test(one.reason))!;
  expect(fault.remedy).toMatch(remedy);
}

export async function untilReady(forwarder: ForwarderProcess, seconds = 60): Promise<void> {
  let shown: Readiness | undefined;
  await until(
    "the forwarder is ready",
    seconds,
    async () => {
      shown = await readinessOf(forwarder);
      return shown?.ready ?? false;
    },
    () => `it shows ${JSON.stringify(shown)}\n${forwarder.readLog().slice(-2000)}`,
  );
}

/** The log's lines. Each is JSON: whatever went wrong, no stack trace got there. */
export function logOf(forwarder: ForwarderProcess): LogLine[] {
  const lines = forwarder.readLog().trimEnd().split("\n");
  return lines.map((line) => {
    expect(line, "no stack trace").toMatch(/^\{"level":/);
    return JSON.parse(line) as LogLine;
  });
}

/** Expects a warning or error with these words and this remedy in the log. */
export function expectLogged(forwarder: ForwarderProcess, words: RegExp, remedy: RegExp): void {
  const lines = logOf(forwarder).filter(({ level }) => level === "warn" || level === "error");
  const found = lines.filter(({ msg }) => words.test(msg));
  expect(found, `${words} in ${JSON.stringify(lines, undefined, 1)}`).not.toEqual([]);
  for (const line of found) expect(line.remedy ?? line.msg).toMatch(remedy);
}
