import type { destinationKinds } from "../../contract";
import type { Credential } from "../arguments/credential";
import type { Destination } from "../arguments/destinations";
import { withCollectorCredentials } from "./collectorCredentials";

/**
 * What of a destination may hold credentials of the forwarder: its kind, and what is the same for every kind. Those of
 * a Collector's exporter are the Collector's.
 */
type Part = Exclude<(typeof destinationKinds)[number], "collector"> | "personalData";

/** What every kind that connects over TLS has. */
const connection = {
  ca: "ca.pem",
  "clientCertificate.certificate": "client.pem",
  "clientCertificate.key": "client-key.pem",
} as const;

/**
 * Where the declaration of each part holds a credential, and the end of the name of the file that it becomes; `*`
 * is each name that was given.
 */
const places = {
  http: {
    bearer: "bearer",
    "basic.password": "password",
    "signing.secret": "signing",
    "secretHeaders.*": "header-*",
    ...connection,
  },
  splunk: { token: "token", ...connection },
  elasticsearch: { apiKey: "api-key", "basic.password": "password", ...connection },
  opensearch: { apiKey: "api-key", "basic.password": "password", ...connection },
  otlp: {
    bearer: "bearer",
    "basic.password": "password",
    "secretHeaders.*": "header-*",
    ...connection,
  },
  syslog: {
    ca: "ca.pem",
    "clientCertificate.certificate": "client.pem",
    "clientCertificate.key": "client-key.pem",
  },
  stdout: {},
  personalData: { hashKey: "personal-data-key" },
} as const satisfies { [part in Part]: { [property: string]: string } };

/** A credential that its kind cannot do without. Those inside another property (`basic.password`) it cannot either. */
const needed = "splunk.token";

type Places = typeof places;
type FileEnd = { [part in Part]: Places[part][keyof Places[part]] }[Part] | `header-${string}`;

/** File of one of a destination's credentials. */
export const destinationFile = (destination: string, end: FileEnd) => `destination-${destination}-${end}`;

/**
 * Every credential of a destination, with its property, for example `http.basic.password`, and its file; an empty
 * one where it is missing and needed.
 */
export function credentialsIn(
  destination: Destination,
): { property: string; file: string; credential: Credential }[] {
  return placesIn(destination).flatMap(({ property, end }) => {
    const credential = valueAt(destination, property);
    if (!credential && !isNeeded(destination, property)) return [];
    const file = destinationFile(destination.name, end);
    return [{ property, file, credential: (credential ?? {}) as Credential }];
  });
}

/** The same destination with every credential changed. */
export function withCredentials(
  destination: Destination,
  change: (credential: Credential) => Credential,
): Destination {
  const { collector } = destination;
  return placesIn(destination).reduce<object>(
    (changed, { property }) => changedAt(changed, property.split("."), change),
    { ...destination, ...(collector && { collector: withCollectorCredentials(collector, change) }) },
  ) as Destination;
}

function placesIn(destination: Destination): { property: string; end: FileEnd }[] {
  return Object.entries(places).flatMap(([part, ends]) =>
    destination[part as Part]
      ? Object.entries(ends).flatMap(([property, end]) => named(destination, `${part}.${property}`, end))
      : [],
  );
}

/** The place itself, or one for each name that `*` stands for. */
function named(destination: Destination, property: string, end: FileEnd) {
  if (!property.endsWith(".*")) return [{ property, end }];
  const all = valueAt(destination, property.slice(0, -2)) ?? {};
  return Object.keys(all).map((name) => ({
    property: property.replace("*", name),
    end: end.replace("*", name.toLowerCase()) as FileEnd,
  }));
}

function isNeeded(destination: Destination, property: string): boolean {
  const [kind, inside, ...deeper] = property.split(".");
  return property === needed || (deeper.length > 0 && Boolean(valueAt(destination, `${kind}.${inside}`)));
}

function valueAt(destination: Destination, property: string): unknown {
  return property.split(".").reduce<unknown>(propertyOf, destination);
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? value[name as keyof object] : undefined;
}

function changedAt(
  value: object,
  [name, ...deeper]: string[],
  change: (credential: Credential) => Credential,
): object {
  const inner: unknown = propertyOf(value, name!);
  if (typeof inner !== "object" || inner === null) return value;
  return { ...value, [name!]: deeper.length === 0 ? change(inner) : changedAt(inner, deeper, change) };
}
