import { type EventFields, fields } from "../fields";

/** Payload parts that many event types share. */

/** The browser of a login check in the hosted login. A client can forge `remoteIP`. */
export const authRequest = fields("id userAgentID selectedIDPConfigID userAgent acceptLanguage remoteIP");

/** The client of a session as the login application described it. Other headers may hold credentials. */
export function userAgent(name: string): EventFields {
  return fields(
    `${name}.fingerprint_id ${name}.ip ${name}.description ${name}.header.user-agent ${name}.header.User-Agent`,
    { withheld: `${name}.header` },
  );
}

/** Who acts for whom, in a token exchange. */
export const actor = fields(
  "actor.user_id actor.issuer actor.actor.user_id actor.actor.issuer actor.actor.actor.user_id " +
    "actor.actor.actor.issuer",
);

/** A code that was made for a person, and how it reaches them. The code itself is encrypted. */
export const codeDelivery = fields(
  "expiry notificationType url_template urlTemplate code_returned codeReturned triggerOrigin authRequestID " +
    "generatorId applicationName",
  { secret: "code" },
);

/** A URL as Go writes it: its query and user part may hold credentials. */
export function url(name: string): EventFields {
  return fields(`${name}.Scheme ${name}.Host ${name}.Path`, {
    secret: `${name}.User ${name}.RawQuery`,
    withheld: `${name}.Opaque ${name}.RawPath ${name}.OmitHost ${name}.ForceQuery ${name}.Fragment ${name}.RawFragment`,
  });
}
