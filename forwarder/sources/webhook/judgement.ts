import type { LoginCall } from "../../../contract/loginClaim";
import type { LoginContext } from "../../records/loginRecord";
import { createLoginRecord } from "../../records/loginRecord";
import type { JournalRecord } from "../../records/record";
import { REMEMBERED_MICROS, type VerifyClaim } from "../logins/verification";
import type { Refusal } from "./answer";

/** How far ZITADEL's clock may be ahead of ours. Microseconds. */
const AHEAD_MICROS = 3600 * 1_000_000;

/** What becomes of a call: a record for the journal, or why there is none. */
export type Judgement = { record: JournalRecord; refused?: undefined } | { refused: Refusal };

/** Judges the call of an Action's script by its body, a LoginCall. Only a signed text is looked into. */
export function judgeLoginCall(
  body: Buffer,
  verify: VerifyClaim,
  context: LoginContext,
  nowMicros: number,
): Judgement {
  const call = readCall(body);
  if (!call) return { refused: "malformed" };
  if (call.signature === undefined) return { refused: "unsigned" };
  const verified = verify(call.record, call.signature, call.organization);
  if (verified.refused) return { refused: verified.refused };
  const record = createLoginRecord(verified.claim, verified.organization, context);
  if (record.createdMicros < nowMicros - REMEMBERED_MICROS) return { refused: "too old" };
  if (record.createdMicros > nowMicros + AHEAD_MICROS) return { refused: "in the future" };
  return { record };
}

function readCall(body: Buffer): (Omit<LoginCall, "signature"> & { signature?: string }) | undefined {
  let call: unknown;
  try {
    call = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof call !== "object" || call === null) return undefined;
  const { organization, signature, record } = call as Record<string, unknown>;
  if (signature === undefined || signature === "")
    return { organization: String(organization), record: String(record) };
  if (typeof organization !== "string" || typeof signature !== "string" || typeof record !== "string")
    return undefined;
  return { organization, signature, record };
}
