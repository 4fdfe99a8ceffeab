import { Marks } from "../completeness/marks";
import type { Stage } from "./stage";

/** Makes credentials with a mark in each, and remembers them. */
export class Planting {
  readonly marks = new Marks();
  /** By what they are. */
  readonly credentials = new Map<string, string>();

  credential(
    what: string,
    shape: (mark: string) => string = (mark) => `plain-${mark}-value`,
  ): { value: string } {
    const value = shape(this.marks.make("secret", what));
    this.remember(what, value);
    return { value };
  }

  /** One that was made by others. */
  remember(what: string, value: string): void {
    this.credentials.set(`${what} ${this.credentials.size}`, value);
  }
}

const pem = (mark: string) => `${mark}\n-----BEGIN CERTIFICATE-----\n${mark}\n-----END CERTIFICATE-----\n`;
const signing = (mark: string) => `whsec_${Buffer.from(`${mark} and more bytes`).toString("base64")}`;

/**
 * A YAML program of two AuditLogStreams in which every credential is a plain text: nothing in it says that it is a
 * secret. Each call plants others.
 */
export function plantedProgram({ zitadel, receiver }: Stage, planting: Planting) {
  const { hostname: domain, port } = new URL(zitadel.url);
  const credential = planting.credential.bind(planting);
  const siem = () => ({
    url: receiver.url,
    headers: { "x-tenant": planting.marks.make("configured", "a header") },
    bearer: credential("bearer token"),
    secretHeaders: { "X-Api-Key": credential("secret header") },
    signing: { secret: credential("signing secret", signing) },
    ca: credential("a destination's authority", pem),
  });
  const lake = () => ({
    url: receiver.url,
    basic: { userName: "zitadel", password: credential("password") },
  });
  const delivery = (namespace: string) => ({
    zitadel: { domain, port: Number(port), insecure: true, ca: credential("ZITADEL's authority", pem) },
    events: { startFrom: "beginning" },
    destinations: [
      { name: "siem", http: siem() },
      { name: "lake", http: lake() },
    ],
    namespace,
    createNamespace: true,
  });
  const withMark = (mark: string) => JSON.stringify({ ...zitadel.adminKey, comment: mark });
  return {
    name: "plain",
    runtime: "yaml",
    resources: {
      created: {
        type: "zitadel-siem:AuditLogStream",
        properties: {
          ...delivery("created"),
          organizationId: zitadel.organizationId,
          reader: { keys: [{ name: "first", expires: "2035-01-01T00:00:00Z" }] },
        },
      },
      existing: {
        type: "zitadel-siem:AuditLogStream",
        properties: {
          ...delivery("existing"),
          reader: { existingKey: credential("existing key", withMark) },
        },
      },
    },
  };
}

/** The same, declared wrongly just where its credentials are. */
export function wrongProgram(stage: Stage, planting: Planting) {
  const program = plantedProgram(stage, planting);
  const { properties } = program.resources.existing;
  const { value: password } = planting.credential("a password in a URL");
  const [siem, lake] = properties.destinations as { name: string; http: Record<string, unknown> }[];
  const wrong = [
    { ...siem, http: { ...siem!.http, bearer: { value: password, secret: { name: "both", key: "once" } } } },
    { ...lake, http: { ...lake!.http, url: `https://me:${password}@siem.example.com/` } },
  ];
  return {
    ...program,
    resources: {
      existing: { ...program.resources.existing, properties: { ...properties, destinations: wrong } },
    },
  };
}
