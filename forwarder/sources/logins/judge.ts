import type { PendingCheck, Report } from "../../journal/loginTable";

/**
 * Finds for each check its login record: of the same key and at most `toleranceMicros` away, each record for one
 * check, nearest first. A person may fail the same check several times within one authentication request: then time
 * alone tells the attempts apart, and where the event of one is read only after the verdict on another, the count is
 * right and the attempt may be the neighbour. Gives the ids of checks with the ids of their records.
 */
export function pairUp(
  checks: readonly PendingCheck[],
  reports: readonly Report[],
  toleranceMicros: number,
): Map<string, string> {
  const byKey = new Map<string, Report[]>();
  for (const report of reports) {
    const same = byKey.get(report.key);
    if (same) same.push(report);
    else byKey.set(report.key, [report]);
  }
  const pairs = checks.flatMap((check) =>
    check.keys
      .flatMap((key) => byKey.get(key) ?? [])
      .map((report) => ({ check, report, apart: Math.abs(report.atMicros - check.createdMicros) }))
      .filter(({ apart }) => apart <= toleranceMicros),
  );
  pairs.sort(
    (a, b) => a.apart - b.apart || compare(a.check.id, b.check.id) || compare(a.report.id, b.report.id),
  );
  const found = new Map<string, string>();
  const taken = new Set<string>();
  for (const { check, report } of pairs) {
    if (found.has(check.id) || taken.has(report.id)) continue;
    found.set(check.id, report.id);
    taken.add(report.id);
  }
  return found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
