import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { JournalRecord } from "../../../forwarder/records/record";

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An event's record: number n, created n milliseconds into 2026 unless said. */
export function eventRecord(
  n: number,
  options: { createdMicros?: number; bytes?: number } = {},
): JournalRecord {
  const createdMicros = options.createdMicros ?? Date.UTC(2026, 0, 1) * 1000 + n * 1000;
  const id = `v1-${hash("sha256", `${n} ${createdMicros}`).slice(0, 32)}`;
  return {
    id,
    source: "events",
    createdMicros,
    body: JSON.stringify({ id, n, filling: "x".repeat(options.bytes ?? 0) }),
    place: { aggregateType: "user", aggregateId: `u${n}`, sequence: 1 },
  };
}

export function eventRecords(from: number, count: number, options?: { bytes?: number }): JournalRecord[] {
  return Array.from({ length: count }, (_, index) => eventRecord(from + index, options));
}

/** A notice's record, which exists nowhere but in the journal. */
export function noticeRecord(n: number): JournalRecord {
  const id = `v1-${hash("sha256", `notice ${n}`).slice(0, 32)}`;
  return {
    id,
    source: "forwarder",
    createdMicros: Date.UTC(2026, 0, 1) * 1000,
    body: JSON.stringify({ id }),
  };
}
