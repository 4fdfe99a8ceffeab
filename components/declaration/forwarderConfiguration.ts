import type * as pulumi from "@pulumi/pulumi";
import { type ConfigurationInput, kindOf, kindsIn } from "../../contract";
import { defaults } from "../../contract/declaration/defaults";
import { portOf } from "../../contract/destinations/connection";
import type { EventsSelection, ForwarderArgs, ForwarderLogins } from "../arguments";
import { parseQuantity } from "../kubernetes/quantity";
import {
  existingKeyFile,
  loginSecretFile,
  personalAccessTokenFile,
  targetKeyFile,
  webhookCertificateFiles,
  zitadelCaFile,
} from "./credentials/credentialFiles";
import { destinationConfiguration } from "./destinationConfiguration";
import { organizationName } from "./organizationName";
import { optional, type Read, readDeep } from "./read";

/** What the configuration is made of. */
export interface ConfigurationSource extends ForwarderArgs {
  /** Files of the machine keys, the newest last. */
  machineKeyFiles: pulumi.Input<string[]>;
}

/** The path that takes login records; the only one that a Service, an Ingress or a route reaches. */
export const webhookPath = "/logins";

/**
 * The forwarder's configuration, as far as `read` knows it. A declaration that is wrong gives a configuration
 * that is wrong in the same place, for `checkConfiguration` to find.
 */
export function forwarderConfiguration(args: ConfigurationSource, read: Read): ConfigurationInput {
  return {
    zitadel: zitadelConfiguration(args, read),
    events: eventsConfiguration(args, read),
    destinations: args.destinations.map((destination, place) =>
      destinationConfiguration(destination, place, read),
    ),
    logins: args.logins && loginsConfiguration(args.logins, read),
    journal: {
      storage: args.storage?.kind,
      maxBytes: Math.floor((parseQuantity(args.storage?.size ?? defaults.storageSize) ?? 0) / 2),
    },
    redaction: args.releasedFields && {
      release: args.releasedFields.map(({ eventType, field }) => ({
        eventType: read(eventType, "unknown"),
        field: read(field, "unknown"),
      })),
    },
    log: args.logLevel && { level: read(args.logLevel, "info") },
  };
}

/** ZITADEL's address: the issuer of its tokens. */
export function issuer(domain: string, port: number | undefined, insecure: boolean): string {
  const [scheme, own] = insecure ? ["http", 80] : ["https", 443];
  return `${scheme}://${domain}${port === undefined || port === own ? "" : `:${port}`}`;
}

function zitadelConfiguration(
  { zitadel, reader, machineKeyFiles }: ConfigurationSource,
  read: Read,
): ConfigurationInput["zitadel"] {
  return {
    issuer: issuer(
      read(zitadel.domain, "unknown.invalid"),
      optional(zitadel.port, read, 443),
      optional(zitadel.insecure, read, false) === true,
    ),
    address: optional(zitadel.address, read, "http://unknown.invalid"),
    ca: zitadel.ca && zitadelCaFile,
    trustedProxies: optional(zitadel.trustedProxies, read, 0),
    credentials: reader.personalAccessToken
      ? { personalAccessTokenFile }
      : { machineKeyFiles: reader.existingKey ? [existingKeyFile] : read(machineKeyFiles, ["unknown"]) },
  };
}

function eventsConfiguration(
  { events = {}, reader }: ConfigurationSource,
  read: Read,
): ConfigurationInput["events"] {
  const startFrom = read(events.startFrom ?? defaults.startFrom, "beginning");
  return {
    filter: filterConfiguration(events, read),
    startFrom:
      startFrom === "deployment" ? { userId: read(reader.userId ?? "", "unknown") ?? "" } : startFrom,
    sweepSeconds: optional(events.sweepSeconds, read, 1800),
    readShare: optional(events.readShare, read, 1),
    enrichment: events.enrichment && {
      sessions: optional(events.enrichment.sessions, read, true),
      names: optional(events.enrichment.names, read, false),
    },
  };
}

function filterConfiguration(events: EventsSelection, read: Read): ConfigurationInput["events"]["filter"] {
  return {
    eventTypes: events.eventTypes?.map((type) => read(type, "unknown")),
    aggregateTypes: events.aggregateTypes?.map((type) => read(type, "unknown")),
    aggregateId: optional(events.aggregateId, read, "unknown"),
    resourceOwner: optional(events.resourceOwner, read, "unknown"),
    editorUserId: optional(events.editorUserId, read, "unknown"),
    from: optional(events.from, read, undefined),
    to: optional(events.to, read, undefined),
  };
}

function loginsConfiguration(logins: ForwarderLogins, read: Read): ConfigurationInput["logins"] {
  const { stdout } = logins;
  return {
    organizations: logins.organizations.map((organization) => ({
      id: read(organization.id, organizationName(organization)),
      secretFiles: organization.secrets.map(({ name }) => loginSecretFile(organization, name)),
    })),
    webhook: logins.webhook && {
      path: webhookPath,
      tls: logins.webhook.tlsSecretName === undefined ? undefined : webhookCertificateFiles,
      targets: logins.webhook.targets?.map(({ name, organizationId, signingKeys }) => ({
        name,
        organization: optional(organizationId, read, "unknown"),
        signingKeyFiles: signingKeys.map((key) => targetKeyFile(name, key.name)),
      })),
    },
    stdout: stdout && {
      namespace: read(stdout.namespace, "unknown"),
      labels: stdout.labels && (readDeep(stdout.labels, read) as { [name: string]: string }),
    },
  };
}

/** TCP ports to which the forwarder connects by its declaration, apart from DNS and the API server. */
export function connectedPorts(configuration: ConfigurationInput): number[] {
  const { address, issuer } = configuration.zitadel;
  const ports = configuration.destinations.flatMap((destination) => {
    const [kind] = kindsIn(destination);
    return kind ? kindOf(kind).ports(destination[kind]) : [];
  });
  return [...new Set([portOf(address ?? issuer), ...ports])].sort((a, b) => a - b);
}
