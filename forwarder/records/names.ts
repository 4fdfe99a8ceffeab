import { type JsonObject, objectIn, textIn } from "./formats/json";
import type { RecordNames, ZitadelEvent } from "./record";
import { withoutSecrets } from "./redaction/net";

/** What has a name in ZITADEL: an organization or a user, by the type of its aggregate. */
export interface Named {
  kind: "user" | "org";
  id: string;
}

/** The event types that give a name, and the payload field that holds it. */
export const namingTypes: Readonly<Record<Named["kind"], { types: readonly string[]; field: string }>> = {
  user: {
    types: [
      "user.human.added",
      "user.human.selfregistered",
      "user.machine.added",
      "user.username.changed",
      "user.domain.claimed",
      "user.added",
      "user.selfregistered",
    ],
    field: "userName",
  },
  org: { types: ["org.added", "org.changed"], field: "name" },
};

/** A longer name is cut: it is repeated on every record. Characters. */
const NAME_LENGTH = 200;

/** Whom an event is about and whose it is: what a name would help with. The editor has one already. */
export function namedBy({ aggregate, payload }: ZitadelEvent, instanceId: string): Named[] {
  const said = objectIn(payload);
  const first = (...fields: string[]) => fields.map((field) => textIn(said?.[field])).find(Boolean);
  const user =
    aggregate.type.type === "user" ? aggregate.id : first("userID", "userId", "user_id", "Subject");
  const owner = textIn(aggregate.resourceOwner);
  const organization = owner !== instanceId && owner ? owner : first("userResourceOwner", "UserOrgID");
  return [
    ...(user === undefined ? [] : [{ kind: "user" as const, id: user }]),
    ...(organization === undefined ? [] : [{ kind: "org" as const, id: organization }]),
  ];
}

/** The name that an event gives to its aggregate, without secrets; undefined when it gives none. */
export function nameGiven({
  aggregate,
  type,
  payload,
}: ZitadelEvent): (Named & { name: string }) | undefined {
  const kind = aggregate.type.type;
  if (kind !== "user" && kind !== "org") return undefined;
  const { types, field } = namingTypes[kind];
  const text = types.includes(type.type)
    ? textIn((objectIn(payload) as JsonObject | undefined)?.[field])
    : undefined;
  const name = text === undefined ? undefined : withoutSecrets(text)?.slice(0, NAME_LENGTH);
  return name === undefined ? undefined : { kind, id: aggregate.id, name };
}

/** A record's JSON text with names, which are a property beside the event: that stays as read. */
export function withNames(
  body: string,
  about: readonly Named[],
  nameOf: (named: Named) => string | undefined,
): string {
  const names: RecordNames = {};
  for (const named of about) {
    const name = nameOf(named);
    if (name === undefined) continue;
    if (named.kind === "user") names.user = { id: named.id, userName: name };
    else names.organization = { id: named.id, name };
  }
  return Object.keys(names).length === 0 ? body : `${body.slice(0, -1)},"names":${JSON.stringify(names)}}`;
}
