import * as pulumi from "@pulumi/pulumi";
import { type ConfigurationProblem, checkConfiguration, destinationKinds } from "../../contract";
import type { Credential } from "../arguments/credential";
import { collectorCredentials } from "../credentials/collectorCredentials";
import { type CredentialFile, forwarderCredentials } from "../credentials/credentialFiles";
import { type ConfigurationSource, forwarderConfiguration } from "../delivery/forwarderConfiguration";
import { parseQuantity } from "../kubernetes/quantity";
import type { Read } from "../read";
import { loginProblems, loginShapeProblems } from "./forwarderLoginProblems";

/** Whether an input's value is known only later. */
export const isLater = (input: unknown): boolean =>
  pulumi.Output.isInstance(input) || input instanceof Promise;

/** Reads what is plain; what comes later is taken as right. */
export const readPlain: Read = (input, placeholder) =>
  isLater(input) ? placeholder : (input as typeof placeholder);

/** A host name without scheme, path and port. */
export const hostName = /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/;
const workloadName = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/**
 * What is wrong with a forwarder's declaration, as far as `read` knows it, with property paths as the user
 * wrote them.
 */
export function deliveryProblems(
  args: ConfigurationSource,
  workload: string,
  read: Read = readPlain,
): ConfigurationProblem[] {
  const shape = [...shapeProblems(args), ...loginShapeProblems(args)];
  if (shape.length > 0) return shape;
  const checked = checkConfiguration(forwarderConfiguration(args, read));
  return [
    ...signInProblems(args.reader, ["machineKeys", "existingKey", "personalAccessToken"]),
    ...workloadNameProblems(args, workload),
    ...domainProblems(args, read),
    ...[...forwarderCredentials(args), ...collectorCredentials(args.destinations)].flatMap(
      credentialProblems,
    ),
    ...startProblems(args, read),
    ...storageProblems(args),
    ...loginProblems(args, read),
    ...(checked.problems ?? []).map(({ path, message }) => ({ path: declaredPath(path), message })),
  ];
}

/** What must be there, and plain, before anything else can be looked at. */
function shapeProblems(args: ConfigurationSource): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  if (!args.zitadel) problems.push({ path: "zitadel", message: "is missing: give { domain }" });
  if (!args.reader) problems.push({ path: "reader", message: `is missing: ${readerRemedy}` });
  if (args.namespace === undefined)
    problems.push({
      path: "namespace",
      message: "is missing: name the Kubernetes namespace of the forwarder",
    });
  const { destinations } = args;
  if (!Array.isArray(destinations))
    problems.push({
      path: "destinations",
      message: isLater(destinations)
        ? "must be a plain list: its length and names must be known at preview; inside, urls and credentials may come from other resources"
        : 'is missing: declare at least one destination, for example [{ name: "soc", http: { url } }]',
    });
  else
    for (const [index, destination] of destinations.entries())
      if (typeof destination !== "object" || destination === null || isLater(destination))
        problems.push({
          path: `destinations[${index}]`,
          message: `must be a plain object: { name, ${destinationKinds.join(" | ")} }`,
        });
  return problems;
}

const readerRemedy =
  'give { keys: [{ name: "2026-11", expires: "2027-11-01T00:00:00Z" }] } to create a service account, or { existingKey } of one that exists';

/** What is wrong with the way in which the reader signs in. */
export function signInProblems(reader: object, ways: readonly string[]): ConfigurationProblem[] {
  const given = ways.filter((way) => reader[way as keyof object] !== undefined);
  if (given.length === 1) return [];
  return [
    {
      path: "reader",
      message:
        given.length === 0
          ? `names no way to sign in: ${readerRemedy}`
          : `names ${given.length} ways to sign in (${given.join(", ")}): give exactly one`,
    },
  ];
}

export function credentialProblems({
  path,
  credential,
}: Pick<CredentialFile, "path" | "credential">): ConfigurationProblem[] {
  const { value, secret } = (credential ?? {}) as Credential;
  if ((value === undefined) === (secret === undefined))
    return [{ path, message: "must be exactly one of { value } and { secret: { name, key } }" }];
  if (value === "") return [{ path: `${path}.value`, message: "is empty: give the credential" }];
  if (!secret) return [];
  return (["name", "key"] as const).flatMap((property) =>
    secret[property] === undefined || secret[property] === ""
      ? [{ path: `${path}.secret.${property}`, message: `is missing: give the Secret's ${property}` }]
      : [],
  );
}

function workloadNameProblems(args: ConfigurationSource, workload: string): ConfigurationProblem[] {
  if (workloadName.test(workload)) return [];
  return [
    {
      path: "workloadName",
      message: `${args.workloadName === undefined ? "(by default the component's name) " : ""}must be 1 to 40 lower-case letters, digits and '-', beginning with a letter`,
    },
  ];
}

function domainProblems({ zitadel }: ConfigurationSource, read: Read): ConfigurationProblem[] {
  if (zitadel.domain === undefined)
    return [
      {
        path: "zitadel.domain",
        message: "is missing: give ZITADEL's host name, for example zitadel.example.com",
      },
    ];
  if (hostName.test(read(zitadel.domain, "unknown.invalid"))) return [];
  return [
    {
      path: "zitadel.domain",
      message:
        "must be a host name such as zitadel.example.com: no scheme, path or port (that is zitadel.port)",
    },
  ];
}

function startProblems({ events, reader }: ConfigurationSource, read: Read): ConfigurationProblem[] {
  if (!reader.existingKey && !reader.personalAccessToken) return [];
  if (read(events?.startFrom ?? "deployment", "beginning") !== "deployment") return [];
  return [
    {
      path: "events.startFrom",
      message:
        'must be given with a service account that exists already, which is older than this deployment: "beginning" for everything that ZITADEL holds, or a time such as 2026-11-22T10:03:11Z',
    },
  ];
}

/** With less, the ids of an hour with many events could fill the journal, and nothing would make place. Bytes. */
const LEAST_STORAGE = 256 << 20;

function storageProblems({ storage }: ConfigurationSource): ConfigurationProblem[] {
  if (storage?.size === undefined || (parseQuantity(storage.size) ?? 0) >= LEAST_STORAGE) return [];
  return [
    { path: "storage.size", message: "must be a Kubernetes quantity of at least 256Mi, for example 4Gi" },
  ];
}

/** Where the user wrote what the configuration holds at `path`. */
export function declaredPath(path: string): string {
  return path
    .replace(/^zitadel\.issuer/, "zitadel.domain")
    .replace(/^zitadel\.credentials.*/, "reader")
    .replace(/^events\.filter\./, "events.")
    .replace(/^events\.startFrom.*/, "events.startFrom")
    .replace(/^journal\.storage/, "storage.kind")
    .replace(/^journal\.maxBytes/, "storage.size")
    .replace(/^redaction\.release/, "releasedFields")
    .replace(/^log\.level/, "logLevel")
    .replace(/\.secretFiles.*/, ".secrets")
    .replace(/\.collector\.(environment|files)\[\d+\]$/, ".collector.$1")
    .replace(/\.signingKeyFiles.*/, ".signingKeys")
    .replace(/\.secretHeaders/, ".secretHeaders")
    .replace(/File$/, "");
}
