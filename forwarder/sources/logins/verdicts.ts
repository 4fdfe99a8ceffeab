import {
  type LoginTable,
  type LoginVerdicts,
  PEER_PREFIX,
  type PendingCheck,
  type Report,
} from "../../journal/loginTable";
import { salted } from "../../records/loginMatch";

/** What is decided about checks that are due. */
export interface Verdict extends Pick<LoginVerdicts, "reported" | "missing" | "used"> {
  /** How many of the reported were so only after a record had been made of them. */
  late: number;
}

/** A record that another replica reported, under the key as it is kept here. */
export function peerReport(report: Report, key: string): Report {
  return { id: `${PEER_PREFIX}${report.id}`, key, atMicros: report.atMicros };
}

/**
 * Judges the checks created before `dueMicros`, from what the table holds. Younger checks and those that were sent
 * take part, so that none of their records is taken for another's.
 *
 * @param salt with which replicas exchange ids: a record that came here and to a replica is one
 */
export function judge(
  table: Pick<LoginTable, "reports">,
  checks: readonly PendingCheck[],
  salt: string,
  { dueMicros, toleranceMicros }: { dueMicros: number; toleranceMicros: number },
): Verdict {
  const keys = new Set(checks.flatMap(({ keys }) => keys));
  const pairs = pairUp(checks, unused(table.reports(keys), salt), toleranceMicros);
  const due = checks.filter(({ createdMicros }) => createdMicros < dueMicros);
  const reported = due.filter(({ id }) => pairs.has(id));
  return {
    reported: reported.map(({ id }) => id),
    missing: due.filter(({ id, sent }) => !sent && !pairs.has(id)).map(({ id }) => id),
    used: reported.map(({ id, createdMicros }) => ({
      id: pairs.get(id) as string,
      checkMicros: createdMicros,
    })),
    late: reported.filter(({ sent }) => sent).length,
  };
}

/** Each record once, without those that belong to a check already under either of their ids. */
function unused(reports: readonly (Report & { used: boolean })[], salt: string): Report[] {
  const byId = new Map<string, Report & { used: boolean }>();
  for (const report of reports) {
    const id = report.id.startsWith(PEER_PREFIX)
      ? report.id.slice(PEER_PREFIX.length)
      : salted(salt, report.id);
    const same = byId.get(id);
    byId.set(id, same ? { ...same, used: same.used || report.used } : report);
  }
  return [...byId.values()].filter(({ used }) => !used);
}

/**
 * Finds for each check its login record: of the same key and at most `toleranceMicros` away, each record for one
 * check, nearest first. A person may fail the same check several times within one authentication request: then time
 * alone tells the attempts apart, and where the event of one is read only after the verdict on another, the count is
 * right and the attempt may be the neighbour. Gives the ids of checks with the ids of their records.
 */
function pairUp(
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
