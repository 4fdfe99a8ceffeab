import * as z from "zod";
import { logLevel } from "../configuration";
import { destinations } from "../destinations";
import { eventsSelection, releasedField } from "../events";
import {
  annotationMap,
  imageReference,
  labelMap,
  namespaceName,
  objectName,
  registryPrefix,
} from "../schema/kubernetes";
import { text } from "../schema/values";
import { zitadelAddress } from "../zitadel";
import {
  forwarderLogins,
  loginEndpoint,
  loginOrganization,
  loginReports,
  signingOrganization,
  streamLogins,
} from "./logins";
import { podTemplate } from "./podTemplate";
import { forwarderReader, reader, readerProperties } from "./reader";
import {
  defaultResources,
  imagePullPolicy,
  monitoring,
  networkPolicy,
  resources,
  serviceAccount,
  storage,
} from "./workload";

/* The arguments of each component. */

/** Of the Collector's container. */
const { requests, limits } = defaultResources.collector;

/** How many pods run where nothing is given. */
export const defaultReplicas = { withWebhook: 2, without: 1 } as const;

/** What is delivered, where to, and what runs for it. */
const delivery = {
  zitadel: zitadelAddress.meta({ description: "The ZITADEL that is read." }),
  events: eventsSelection.prefault({}).meta({
    description: "Which events are read and from when on.",
  }),
  destinations,
  releasedFields: z.array(releasedField).optional().meta({
    description:
      "Payload fields that leave although the reviewed table of harmless fields does not list them; what the forwarder recognises as a secret stays withheld.",
    otherwise: "none",
  }),
  namespace: namespaceName.meta({
    description: "Kubernetes namespace of the forwarder. It must exist, unless `createNamespace` is set.",
  }),
  createNamespace: z.boolean().default(false).meta({
    plain: true,
    description:
      "Create the namespace, with the Pod Security level `restricted` enforced. One that exists is refused and stays as it is; to find that out takes Pulumi 3.270 or newer.",
  }),
  workloadName: text.optional().meta({
    plain: true,
    description:
      "Name of the StatefulSet and beginning of the names of everything else in the namespace: lower-case letters, digits and `-`, at most 40. A changed name is a new forwarder with an empty journal.",
    otherwise: "the component's name",
  }),
  replicas: z
    .int()
    .min(1)
    .optional()
    .meta({
      plain: true,
      description: "How many pods run.",
      otherwise: `${defaultReplicas.withWebhook} with a webhook, so that one takes calls while the other restarts, and ${defaultReplicas.without} without, where more would do nothing: the first alone reads events and logs`,
    }),
  storage: storage.prefault({}).meta({
    description: "The journal's volume, one for each pod.",
  }),
  resources: resources.optional().meta({
    description: "Compute resources of the pod.",
    otherwise: "what carries some thousand events a second",
  }),
  labels: labelMap.optional().meta({
    description:
      "Labels of everything that is created in Kubernetes, besides the forwarder's own, which cannot be replaced. Selectors do not follow them.",
    otherwise: "none",
  }),
  annotations: annotationMap.optional().meta({
    description:
      "Annotations of everything that is created in Kubernetes, besides the forwarder's own, which cannot be replaced.",
    otherwise: "none",
  }),
  serviceAccount: serviceAccount.prefault({}).meta({
    description: "The pods' ServiceAccount.",
    otherwise: "one with the name of the StatefulSet",
  }),
  assignedUserIds: z.boolean().default(false).meta({
    plain: true,
    description:
      "Leave it to the cluster with which user and group ids the pods run, for clusters that assign them to each namespace, such as OpenShift.",
    remark: "Otherwise they run as user and group 1000.",
  }),
  podTemplate: podTemplate.prefault({}).meta({
    description:
      "What the pods have besides: where they run, labels, volumes, variables, further containers. What would break a promise of the forwarder is refused.",
    otherwise: "nothing",
  }),
  networkPolicy: networkPolicy.prefault({}).meta({
    description: "The pod's NetworkPolicy.",
    otherwise: "one that lets out DNS, ZITADEL, destinations and the API server",
  }),
  monitoring: monitoring.prefault({}).meta({
    description: "Resources of the Prometheus Operator.",
    otherwise: "none",
  }),
  image: imageReference.optional().meta({
    description: "Published image of the forwarder, best by digest.",
    otherwise: "none: the forwarder that comes with this package then runs on `nodeImage`",
  }),
  nodeImage: imageReference.default("docker.io/library/node:24-bookworm-slim").meta({
    description:
      "Image with Node.js 24 on which the forwarder of this package runs, unless `image` is given.",
    remark: "Give a mirror's or one by digest where the cluster asks for it.",
  }),
  collectorImage: imageReference.default("docker.io/otel/opentelemetry-collector-contrib:0.145.0").meta({
    description:
      "Image of the OpenTelemetry Collector that runs the exporters of destinations of the kind `collector`.",
    remark:
      "Give a mirror's, one by digest, or one of your own with fewer parts: it needs the receiver `otlp`, the extension `health_check` and the exporters.",
  }),
  collectorResources: resources.optional().meta({
    description: "Compute resources of the Collector.",
    otherwise: `\`cpu\` ${requests.cpu} and \`memory\` ${requests.memory} set aside, at most \`memory\` ${limits.memory} and no limit of \`cpu\``,
  }),
  imageRegistry: registryPrefix.optional().meta({
    description:
      "Registry that mirrors Docker Hub, with a path where it has one: it takes the place of `docker.io` in `image`, `nodeImage` and `collectorImage`, their defaults too. Images of other registries stay as they are, and so do those in `podTemplate`.",
    otherwise: "none",
  }),
  imagePullPolicy: imagePullPolicy.optional().meta({
    description: "When the images are pulled, also those in `podTemplate` that do not say it.",
    otherwise: "Kubernetes': `IfNotPresent`, and `Always` for the tag `latest`",
  }),
  imagePullSecrets: z.array(objectName).optional().meta({
    description: "Names of Secrets in the namespace with which the images are pulled.",
    otherwise: "none",
  }),
  logLevel: logLevel.default("info").meta({ description: "How much the forwarder logs." }),
};

const readerOrganization = text.optional().meta({
  description:
    "Id of the organization that owns the service account; which events are read does not depend on it.",
  otherwise: "none: with `keys` it must be given",
});

const secrets = z.array(text);

/** What several components' arguments have in common, for whoever takes any of them. */
export const commonArguments = [
  z.strictObject(delivery).meta({
    typeName: "DeliveryArgs",
    typeDescription:
      "What is delivered, where to, and what runs for it: part of several components' arguments.",
  }),
  z.strictObject(loginReports).meta({
    typeName: "LoginReports",
    typeDescription: "The scripts that run inside ZITADEL: for whom, when, and what they say.",
  }),
];

/** The arguments of every component, by its name. */
export const componentArguments = {
  AuditLogStream: z
    .strictObject({
      ...delivery,
      organizationId: readerOrganization,
      reader: reader.meta({
        description:
          "The service account that reads events: created with `keys`, or one that exists already.",
      }),
      logins: streamLogins.optional().meta({
        description: "Login records: Actions that report each login attempt as it happens.",
        otherwise: "none",
      }),
    })
    .meta({ typeName: "AuditLogStreamArgs", typeDescription: "What an audit log stream is made of." }),
  EventsReader: z
    .strictObject({ organizationId: readerOrganization, ...readerProperties })
    .meta({ typeName: "EventsReaderArgs", typeDescription: "What an events reader is made of." }),
  Forwarder: z
    .strictObject({
      ...delivery,
      reader: forwarderReader.meta({ description: "How the forwarder signs in at ZITADEL." }),
      logins: forwarderLogins.optional().meta({
        description: "Login records that Actions report.",
        otherwise: "none",
      }),
    })
    .meta({ typeName: "ForwarderArgs", typeDescription: "What a forwarder is made of." }),
  LoginActions: z
    .strictObject({
      ...loginReports,
      organizations: z.array(signingOrganization).meta({
        description: "The organizations whose logins are reported: at least one.",
      }),
      secrets: secrets.optional().meta({
        plain: true,
        choice: true,
        description:
          'Generations of the secrets that records are signed with, the newest last, for example `["2026-11"]`: the newest signs. It must be given, unless every organization comes with a `secret` of its own.',
      }),
      webhook: loginEndpoint
        .optional()
        .meta({ description: "Have every record pushed over HTTP.", otherwise: "not to" }),
      log: z
        .boolean()
        .default(false)
        .meta({ plain: true, description: "Have every record written to ZITADEL's log." }),
    })
    .meta({ typeName: "LoginActionsArgs", typeDescription: "What login Actions are made of." }),
  LoginSecrets: z
    .strictObject({
      organizations: z
        .array(loginOrganization)
        .meta({ description: "The organizations: each has secrets of its own." }),
      generations: secrets.meta({
        plain: true,
        description: 'Generations of the secrets, the newest last, for example `["2026-11", "2027-02"]`.',
      }),
    })
    .meta({ typeName: "LoginSecretsArgs", typeDescription: "Which secrets login records are signed with." }),
} as const;

export type ComponentName = keyof typeof componentArguments;
