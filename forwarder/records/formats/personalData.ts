import { createHmac } from "node:crypto";
import type { PersonalClass } from "../../../contract";
import { isRawNumber, parseJson } from "../rawNumber";
import { type JsonObject, objectIn } from "./json";

/** What becomes of personal data, class by class. */
export type Treatments = Record<PersonalClass, "keep" | "hash" | "drop">;

/** Fields that hold personal data, wherever they stand in an event's payload, its editor, its session, among names, in a login or a call. */
export const personalFields: Readonly<Record<string, PersonalClass>> = {
  userName: "userNames",
  username: "userNames",
  loginName: "userNames",
  preferredLoginName: "userNames",
  idpUserName: "userNames",
  externalUserName: "userNames",
  displayName: "userNames",
  firstName: "userNames",
  lastName: "userNames",
  nickName: "userNames",
  email: "emails",
  phone: "phones",
  gender: "profiles",
  country: "profiles",
  locality: "profiles",
  postalCode: "profiles",
  region: "profiles",
  streetAddress: "profiles",
  preferredLanguage: "profiles",
  PreferredLanguage: "profiles",
  remoteIP: "ipAddresses",
  ip: "ipAddresses",
  sourceIp: "ipAddresses",
  claimedIp: "ipAddresses",
  userAgent: "userAgents",
  user_agent: "userAgents",
  UserAgent: "userAgents",
  userAgentID: "userAgents",
  userAgentId: "userAgents",
  acceptLanguage: "userAgents",
  agent: "userAgents",
  // What a person calls a device.
  webAuthNTokenName: "userAgents",
};

/**
 * Treats the personal data of a record of the journal; ids of users stay, without them an audit is none. A hash is
 * `hmac:` and the first 32 hex digits of the text's HMAC-SHA256. Undefined when there is nothing to do.
 */
export function createPersonalDataTreatment(
  treatments: Treatments,
  key: string | undefined,
): ((journalText: string) => string) | undefined {
  if (Object.values(treatments).every((treatment) => treatment === "keep")) return undefined;
  const treat = (value: unknown, within: PersonalClass | undefined): unknown => {
    if (Array.isArray(value)) return value.map((element) => treat(element, within) ?? null);
    if (typeof value === "object" && value !== null && !isRawNumber(value)) return treatFields(value, within);
    const treatment = within === undefined ? "keep" : treatments[within];
    if (treatment === "keep" || value === null || value === "") return value;
    return treatment === "drop" ? undefined : hashed(isRawNumber(value) ? value.rawJSON : String(value), key);
  };
  const treatFields = (object: object, within: PersonalClass | undefined): JsonObject =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [name, treat(value, classOf(name) ?? within)]),
    );
  return (journalText) => {
    const record = parsed(journalText);
    const { event, names, session, login, call } = record;
    const treated = { ...record };
    if (event !== undefined) treated.event = treatEvent(event, treatFields);
    if (names !== undefined) treated.names = treat(names, undefined);
    if (session !== undefined) treated.session = treat(session, undefined);
    if (login !== undefined) treated.login = treat(login, undefined);
    if (call !== undefined) treated.call = treat(call, undefined);
    return JSON.stringify(treated);
  };
}

/** Of an event only the payload and the editor hold personal data; a role's display name is none. */
function treatEvent(event: unknown, treatFields: (object: object, within: undefined) => JsonObject): unknown {
  const { payload, editor, ...rest } = objectIn(event) ?? {};
  const type = objectIn(rest.type)?.type;
  const { displayName, ...others } = objectIn(payload) ?? {};
  const aboutRole = typeof type === "string" && type.startsWith("project.role.");
  return {
    ...(objectIn(editor) && { editor: treatFields(editor as object, undefined) }),
    ...rest,
    ...(objectIn(payload) && {
      payload: aboutRole
        ? { ...treatFields(others, undefined), displayName }
        : treatFields(payload as object, undefined),
    }),
  };
}

function classOf(name: string): PersonalClass | undefined {
  return Object.hasOwn(personalFields, name) ? personalFields[name] : undefined;
}

function hashed(text: string, key: string | undefined): string {
  if (key === undefined) throw new Error("personal data is to be hashed without a key");
  return `hmac:${createHmac("sha256", key).update(text).digest("hex").slice(0, 32)}`;
}

/** A text that is no record holds nothing that could be told apart: nothing of it leaves. */
function parsed(text: string): JsonObject {
  try {
    return objectIn(parseJson(text)) ?? {};
  } catch {
    return {};
  }
}
