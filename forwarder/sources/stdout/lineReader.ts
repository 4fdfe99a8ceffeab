import { LOG_MARKER, type LoginCall } from "../../../contract/loginClaim";
import type { JournalRecord } from "../../records/record";
import { readCall, readEmitted } from "./line";
import type { Foreign } from "./metrics";

/**
 * Makes the record of a call that is signed as it must be. A call is `refused` for good; `later` it may be accepted,
 * when the organization's secrets can be read again.
 */
export type AcceptCall = (call: LoginCall) => JournalRecord | "refused" | "later";

/**
 * A line as a login record: the log emitter of this instance wrote it, its message begins with the marker, and
 * its signature is right. Any Action may write any text to the log, so nothing less makes a record; of what is none
 * it says why.
 */
export function readLine(
  text: string | undefined,
  instanceId: string,
  accept: AcceptCall,
): JournalRecord | Foreign | "later" {
  // Most lines of ZITADEL's log are none of an Action: they are not parsed at all.
  if (text === undefined || !text.includes(LOG_MARKER)) return "other line";
  const emitted = readEmitted(text);
  if (!emitted) return "other line";
  const call = readCall(emitted.message);
  if (!call) return "other action";
  if (emitted.instance !== instanceId) return "other instance";
  return accept(call);
}
