import type { Configuration } from "../../../contract";
import type { ReadingContext } from "../../records/eventRecord";
import { targetCallId } from "../../records/identity";
import type { JournalRecord, TargetRecordBody, WithheldField } from "../../records/record";
import { redactedCall } from "../../records/redaction/payload";
import type { SecretFiles } from "../../secretFiles";
import { isSigned } from "../logins/signature";
import { readSecrets } from "../logins/verification";
import type { Judgement } from "./judgement";

type Target = NonNullable<NonNullable<Configuration["logins"]>["webhook"]>["targets"][number];

/** The header in which ZITADEL signs what it posts to a target, in the case that Node gives it. */
export const TARGET_SIGNATURE = "zitadel-signature";
/** How far the time signed may be from ours, either way. Seconds, as in ZITADEL's own `actions.ValidatePayload`. */
const TOLERANCE_SECONDS = 300;

/**
 * Judges what ZITADEL posts to a target of Actions version 2: `ZITADEL-Signature: t=<seconds>,v1=<hex>`, an
 * HMAC-SHA256 over `t.body` with the target's signing key
 * (https://zitadel.com/docs/guides/integrate/actions/testing-request-signature).
 */
export function judgeTargetCall(
  body: Buffer,
  header: string,
  { targets, secrets }: { targets: readonly Target[]; secrets: SecretFiles },
  context: ReadingContext,
  nowMicros: number,
): Judgement {
  const signed = readSignature(header);
  if (!signed) return { refused: "unsigned" };
  const text = Buffer.concat([Buffer.from(`${signed.time}.`), body]);
  const target = targets.find(({ signingKeyFiles }) => {
    const keys = readSecrets(signingKeyFiles, secrets);
    return signed.signatures.some((signature) => isSigned(text, signature, keys));
  });
  if (!target) return { refused: "wrong signature" };
  const micros = Number(signed.time) * 1_000_000;
  if (Math.abs(nowMicros - micros) > TOLERANCE_SECONDS * 1_000_000) return { refused: "old signature" };
  const record = createTargetRecord(target, signed.time, body.toString("utf8"), context);
  return record ? { record } : { refused: "malformed" };
}

function readSignature(header: string): { time: string; signatures: string[] } | undefined {
  const parts = header.split(",").map((part) => part.trim().split("=", 2) as [string, string?]);
  const time = parts.find(([name]) => name === "t")?.[1];
  const signatures = parts.flatMap(([name, value]) => (name === "v1" && value ? [value] : []));
  return time !== undefined && /^\d{1,12}$/.test(time) && signatures.length > 0
    ? { time, signatures: signatures.slice(0, 4) }
    : undefined;
}

/** A signed body as a record; undefined when it is no JSON object. */
function createTargetRecord(
  { name, organization }: Target,
  time: string,
  body: string,
  { instanceId, observedDate }: ReadingContext,
): JournalRecord | undefined {
  const withheld: WithheldField[] = [];
  const call = redactedCall(parse(body), withheld);
  if (call === undefined) return undefined;
  const id = targetCallId(name, time, body);
  const head: Omit<TargetRecordBody, "call" | "withheld"> = {
    id,
    source: "webhook",
    instance: { id: instanceId },
    observedDate,
    target: { name, organization },
  };
  const tail = withheld.length === 0 ? "" : `,"withheld":${JSON.stringify(withheld)}`;
  return {
    id,
    source: "webhook",
    createdMicros: Number(time) * 1_000_000,
    body: `${JSON.stringify(head).slice(0, -1)},"call":${call}${tail}}`,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
