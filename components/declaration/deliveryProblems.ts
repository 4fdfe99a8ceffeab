import { checkConfiguration, kindNames, type Problem } from "../../contract";
import { defaults } from "../../contract/declaration/defaults";
import { parseQuantity } from "../kubernetes/quantity";
import { collectorCredentials } from "./credentials/collectorCredentials";
import { forwarderCredentials } from "./credentials/credentialFiles";
import { type ConfigurationSource, forwarderConfiguration } from "./forwarderConfiguration";
import { loginProblems, loginShapeProblems } from "./forwarderLoginProblems";
import { isLater, type Read, readPlain } from "./read";
import { credentialProblems, structureProblems } from "./structure";
import { workloadProblems } from "./workload/workloadProblems";

const workloadName = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/**
 * What is wrong with a forwarder's declaration, as far as `read` knows it, with property paths as the user
 * wrote them.
 */
export function deliveryProblems(
  args: ConfigurationSource,
  workload: string,
  read: Read = readPlain,
): Problem[] {
  const { machineKeyFiles: _, ...declared } = args;
  const shape = [
    ...shapeProblems(args),
    ...loginShapeProblems(args),
    ...structureProblems("Forwarder", declared, read),
  ];
  if (shape.length > 0) return shape;
  const checked = checkConfiguration(forwarderConfiguration(args, read));
  return [
    ...signInProblems(args.reader, ["machineKeys", "existingKey", "personalAccessToken"]),
    ...workloadNameProblems(args, workload),
    ...[...forwarderCredentials(args), ...collectorCredentials(args.destinations)].flatMap(
      credentialProblems,
    ),
    ...startProblems(args, read),
    ...storageProblems(args),
    ...loginProblems(args, read),
    ...workloadProblems(args, read),
    ...(checked.problems ?? []).map(({ path, message }) => ({ path: declaredPath(path), message })),
  ];
}

/** What must be there, and plain, before anything else can be looked at. */
function shapeProblems(args: ConfigurationSource): Problem[] {
  const problems: Problem[] = [];
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
          message: `must be a plain object: { name, ${kindNames.join(" | ")} }`,
        });
  return problems;
}

const readerRemedy =
  'give { keys: [{ name: "2026-11", expires: "2027-11-01T00:00:00Z" }] } to create a service account, or { existingKey } of one that exists';

/** What is wrong with the way in which the reader signs in. */
export function signInProblems(reader: object, ways: readonly string[]): Problem[] {
  const given = ways.filter((way) => reader[way as keyof object] !== undefined);
  if (given.length === 1) return [];
  return [
    {
      path: "reader",
      message:
        given.length === 0
          ? `has no way to sign in: ${readerRemedy}`
          : `has ${given.length} ways to sign in (${given.join(", ")}): give exactly one`,
    },
  ];
}

function workloadNameProblems(args: ConfigurationSource, workload: string): Problem[] {
  if (workloadName.test(workload)) return [];
  return [
    {
      path: "workloadName",
      message: `${args.workloadName === undefined ? "(by default the component's name) " : ""}must be 1 to 40 lower-case letters, digits and '-', beginning with a letter`,
    },
  ];
}

function startProblems({ events, reader }: ConfigurationSource, read: Read): Problem[] {
  if (!reader.existingKey && !reader.personalAccessToken) return [];
  if (read(events?.startFrom ?? defaults.startFrom, "beginning") !== "deployment") return [];
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

function storageProblems({ storage }: ConfigurationSource): Problem[] {
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
