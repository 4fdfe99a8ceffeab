import type * as pulumi from "@pulumi/pulumi";
import type { Destination } from "./destinations";
import type { EventsSelection, ReleasedField } from "./events";
import type { ComputeResources, JournalStorage, LogLevel, Monitoring, NetworkRules } from "./workload";
import type { ZitadelAddress } from "./zitadel";

/** What is delivered, where to, and what runs for it: shared by `Forwarder` and `AuditLogStream`. */
export interface DeliveryArgs {
  /** The ZITADEL that is read. */
  zitadel: ZitadelAddress;
  /** Which events are read and from when on. The default is every event since the deployment. */
  events?: EventsSelection;
  /** Where records go: at least one destination, each with a name of its own. */
  destinations: Destination[];
  /**
   * Payload fields that leave although the reviewed table of harmless fields does not list them; what the
   * forwarder recognises as a secret stays withheld. The default is none.
   */
  releasedFields?: ReleasedField[];
  /** Kubernetes namespace of the forwarder. It must exist, unless `createNamespace` is set. */
  namespace: pulumi.Input<string>;
  /** Create the namespace, with the Pod Security level `restricted` enforced. The default is false. */
  createNamespace?: boolean;
  /**
   * Name of the StatefulSet and beginning of the names of everything else in the namespace: lower-case letters,
   * digits and `-`, at most 40. The default is the component's name. A changed name is a new forwarder with an
   * empty journal.
   */
  workloadName?: string;
  /**
   * How many pods run. The default is 2 with a webhook, so that one takes calls while the other restarts, and 1
   * without, where more would do nothing: the first alone reads events and logs.
   */
  replicas?: number;
  /** The journal's volume, one for each pod. The default is a volume of 4Gi of the default StorageClass. */
  storage?: JournalStorage;
  /** Compute resources of the pod. The defaults carry some thousand events a second. */
  resources?: ComputeResources;
  /** The pod's NetworkPolicy. The default is one that lets out DNS, ZITADEL, destinations and the API server. */
  networkPolicy?: NetworkRules;
  /** Resources of the Prometheus Operator. The default is none. */
  monitoring?: Monitoring;
  /**
   * Published image of the forwarder, best by digest. The default is none: the forwarder that comes with this
   * package then runs on `nodeImage`.
   */
  image?: pulumi.Input<string>;
  /**
   * Image with Node.js 24 on which the forwarder of this package runs, unless `image` is given. The default is
   * `docker.io/library/node:24-bookworm-slim`; give a mirror's or one by digest where the cluster asks for it.
   */
  nodeImage?: pulumi.Input<string>;
  /**
   * Image of the OpenTelemetry Collector that runs the exporters of destinations of the kind `collector`. The default
   * is `docker.io/otel/opentelemetry-collector-contrib:0.145.0`; give a mirror's, one by digest, or one of your own
   * with fewer parts: it needs the receiver `otlp`, the extension `health_check` and the exporters.
   */
  collectorImage?: pulumi.Input<string>;
  /**
   * Compute resources of the Collector. The default is `cpu` 50m and `memory` 128Mi set aside, at most `memory`
   * 512Mi and no limit of `cpu`.
   */
  collectorResources?: ComputeResources;
  /** Names of Secrets in the namespace with which the images are pulled. The default is none. */
  imagePullSecrets?: pulumi.Input<string>[];
  /** How much the forwarder logs: `debug`, `info`, `warn` or `error`. The default is `info`. */
  logLevel?: pulumi.Input<LogLevel>;
}
