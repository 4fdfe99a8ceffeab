import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { EventStore } from "./eventStore";
import type { NewEvent } from "./eventTable";
import setupEvents from "./generated/setupEvents.json";
import type { Identifiers } from "./identifiers";
import { formatGoTime } from "./timestamp";

/** The JSON of a machine key, as ZITADEL gives it out once. */
export interface MachineKey {
  type: "serviceaccount";
  keyId: string;
  key: string;
  expirationDate: string;
  userId: string;
}

/** What an absent expiry comes back as: the end of the year 9999, in microseconds since 1970. */
export const NO_EXPIRY = 253_402_300_799_000_000;

const SECOND_PUSH_AFTER = 45_746;

export function newKeyPair(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

export interface SetupOptions {
  externalDomain: string;
  /** Seconds. */
  accessTokenLifetime: number;
}

/**
 * Makes an instance as ZITADEL's set-up does, if the store has none: the 618 events that a real server wrote, in
 * two pushes, with ids and an administrator's key of their own.
 */
export function setUp(store: EventStore, identifiers: Identifiers, options: SetupOptions): void {
  if (store.instanceId !== "") return;
  const text = JSON.stringify(setupEvents);
  const names = [...new Set(text.match(/\{(?:instance|organization|project|administrator|id\d+)\}/g))];
  const ids = new Map(names.map((name) => [name, identifiers.next()]));
  ids.set("{domain}", `zitadel-${randomBytes(3).toString("hex")}.localhost`);
  let filled = text;
  for (const [name, id] of ids) filled = filled.replaceAll(name, id);
  const pair = newKeyPair();
  const pushes = (JSON.parse(filled) as (readonly unknown[])[][]).map((rows) =>
    rows.map((row) => adjusted(newEvent(row), pair.publicKey, options)),
  );

  const { facts, key } = administrator(pushes.flat(), pair.privateKey);
  store.table.transaction(() => {
    for (const [name, value] of Object.entries(facts)) store.table.setFact(name, value);
    store.table.setFact("administrator key", JSON.stringify(key));
    store.table.setFact("token secret", randomBytes(32).toString("hex"));
  });
  const now = store.clock.now();
  store.load(
    pushes.map((events, index) => ({
      createdAt: now - (pushes.length - 1 - index) * SECOND_PUSH_AFTER,
      events,
    })),
  );
}

function newEvent(row: readonly unknown[]): NewEvent {
  const [aggregateType, aggregateId, eventType, resourceOwner, payload] = row as [
    string,
    string,
    string,
    string,
    unknown,
  ];
  return { aggregateType, aggregateId, eventType, resourceOwner, payload };
}

function adjusted(event: NewEvent, publicKey: string, options: SetupOptions): NewEvent {
  const change = (fields: object) => ({ ...event, payload: { ...(event.payload as object), ...fields } });
  const { domain, generated } = (event.payload ?? {}) as { domain?: string; generated?: boolean };
  switch (event.eventType) {
    case "user.machine.key.added":
      return change({
        publicKey: Buffer.from(publicKey).toString("base64"),
        expirationDate: formatGoTime(NO_EXPIRY),
      });
    case "user.pat.added":
      return change({ expiration: formatGoTime(NO_EXPIRY) });
    case "instance.oidc.settings.added":
      return change({ accessTokenLifetime: options.accessTokenLifetime * 1e9 });
    case "instance.domain.added":
    case "instance.domain.primary.set":
      return domain === "localhost" && !generated ? change({ domain: options.externalDomain }) : event;
    default:
      return event;
  }
}

function administrator(
  events: NewEvent[],
  privateKey: string,
): { facts: Record<string, string>; key: MachineKey } {
  const find = (type: string) => events.find((event) => event.eventType === type)!;
  const added = find("user.machine.key.added");
  const { keyId } = added.payload as { keyId: string };
  const userId = added.aggregateId;
  return {
    facts: {
      instance: find("instance.added").aggregateId,
      organization: find("org.added").aggregateId,
    },
    key: { type: "serviceaccount", keyId, key: privateKey, expirationDate: formatGoTime(NO_EXPIRY), userId },
  };
}
