import type { LoginClaim } from "../../../contract/loginClaim";
import type { ReadingContext } from "../../records/eventRecord";
import { recordId } from "../../records/identity";
import { anyOrganization, matchKey } from "../../records/loginMatch";
import { createLoginRecord } from "../../records/loginRecord";
import { creationMicros } from "../../records/micros";
import type { LoginCheck, ZitadelEvent } from "../../records/record";

/** What ZITADEL checks of a person who signs in, by the event type without its outcome: `authMethod` of the Action that runs then. */
const internalChecks: ReadonlyMap<string, string> = new Map([
  ["user.human.password.check", "password"],
  ["user.human.mfa.otp.check", "OTP"],
  ["user.human.mfa.otp.sms.check", "OTP SMS"],
  ["user.human.mfa.otp.email.check", "OTP Email"],
  ["user.human.mfa.u2f.token.check", "U2F"],
  ["user.human.mfa.recoverycode.check", "recovery code"],
  ["user.human.passwordless.token.check", "passwordless"],
  // As versions before 2 wrote them.
  ["user.password.check", "password"],
  ["user.mfa.otp.check", "OTP"],
]);
const EXTERNAL = "user.human.externallogin.check";

/** What a check is, read from its event's type; undefined for any other type. */
export function checkOf(
  eventType: string,
): { flow: LoginClaim["flow"]; outcome: "success" | "failure"; method?: string } | undefined {
  const found = /^(.+)\.(succeeded|failed)$/.exec(eventType);
  if (!found) return undefined;
  const [, check, end] = found as unknown as [string, string, string];
  const outcome = end === "succeeded" ? "success" : "failure";
  if (check === EXTERNAL) return { flow: "external", outcome };
  const method = internalChecks.get(check);
  return method === undefined ? undefined : { flow: "internal", outcome, method };
}

/**
 * The login check that an event is, with the record that is sent when no script reports it; undefined for any
 * other event. Its id is made of the event's, so that it is the same whenever it is made again.
 */
export function readCheck(
  event: ZitadelEvent,
  context: ReadingContext,
  trustedProxies: number,
): LoginCheck | undefined {
  const check = checkOf(event.type.type);
  const owner = event.aggregate.resourceOwner;
  if (!check || owner === undefined) return undefined;
  const createdMicros = creationMicros(event.creationDate);
  const eventId = recordId({
    instanceId: context.instanceId,
    aggregateType: event.aggregate.type.type,
    aggregateId: event.aggregate.id,
    sequence: event.sequence,
    createdMicros,
  });
  const user = event.aggregate.id;
  const payload = payloadOf(event);
  const authRequest = payload.id;
  const claim: LoginClaim = {
    id: eventId.slice(3),
    time: event.creationDate,
    trigger: "post authentication",
    ...check,
    instance: context.instanceId,
    user: { id: user },
    userOrganization: owner,
    ...(authRequest === undefined ? {} : { authRequest }),
    ...(payload.userAgentID === undefined ? {} : { agent: payload.userAgentID }),
    ...(payload.remoteIP === undefined ? {} : { ip: payload.remoteIP }),
    ...(payload.userAgent === undefined ? {} : { userAgent: payload.userAgent }),
  };
  const matched = { flow: check.flow, outcome: check.outcome, authRequest, user };
  return {
    createdMicros,
    // Without an authentication request no hosted login was there that could run an Action.
    keys:
      authRequest === undefined
        ? []
        : [
            matchKey({ ...matched, authRequest }, owner),
            matchKey({ ...matched, authRequest }, anyOrganization),
          ],
    record: createLoginRecord(claim, owner, { ...context, source: "events", trustedProxies }),
  };
}

function payloadOf({
  payload,
}: ZitadelEvent): Record<"id" | "userAgentID" | "remoteIP" | "userAgent", string | undefined> {
  const object = typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
  const text = (name: string) => {
    const value = object[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    id: text("id"),
    userAgentID: text("userAgentID"),
    remoteIP: text("remoteIP"),
    userAgent: text("userAgent"),
  };
}
