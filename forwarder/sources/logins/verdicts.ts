import {
  type LoginTable,
  type LoginVerdicts,
  type PendingCheck,
  type Report,
  TOLD,
} from "../../journal/loginTable";
import { salted } from "../../records/loginMatch";
import { pairUp } from "./judge";

/** What is decided about checks that are due. */
export interface Verdict extends Pick<LoginVerdicts, "reported" | "missing" | "used"> {
  /** How many of the reported were so only after a record had been made of them. */
  late: number;
}

/** A record that another replica told of, under the key as it is kept here. */
export function peerReport(report: Report, key: string): Report {
  return { id: `${TOLD}${report.id}`, key, atMicros: report.atMicros };
}

/**
 * Judges the checks created before `dueMicros`, from what the table holds. Younger checks and those that were sent
 * take part, so that none of their records is taken for another's.
 *
 * @param salt with which replicas tell ids: a record that came here and to a replica is one
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
    const id = report.id.startsWith(TOLD) ? report.id.slice(TOLD.length) : salted(salt, report.id);
    const same = byId.get(id);
    byId.set(id, same ? { ...same, used: same.used || report.used } : report);
  }
  return [...byId.values()].filter(({ used }) => !used);
}
