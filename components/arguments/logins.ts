import type * as pulumi from "@pulumi/pulumi";
import type { Credential } from "./credential";
import type { NetworkPeer } from "./workload";

/** Login records: who may report them, and from which sources they come; at least one of `webhook` and `stdout`. */
export interface ForwarderLogins {
  /** The organizations whose Actions report, each with the secrets that its scripts sign with; at least one. */
  organizations: ReportingOrganization[];
  /** Take records over HTTP. The default is not to. */
  webhook?: LoginWebhook;
  /** Collect records from the log of ZITADEL's pods. The default is not to. */
  stdout?: LoginLog;
}

/** An organization whose logins are reported. */
export interface LoginOrganization {
  /** Id of the organization. */
  id: pulumi.Input<string>;
  /**
   * Name of the organization in this declaration: lower-case letters, digits and `-`. The default is the id; it
   * must be given where the id comes from another resource. A changed name makes new Actions and secrets.
   */
  name?: string;
}

/** An organization whose records the forwarder accepts. */
export interface ReportingOrganization extends LoginOrganization {
  /** The secrets that its scripts sign with, a generation each; all are accepted, so that they can rotate. */
  secrets: LoginSecret[];
}

/** One generation of an organization's secret. */
export interface LoginSecret extends Credential {
  /** Name of the generation, for example `2026-11`: lower-case letters, digits and `-`. */
  name: string;
}

/**
 * The source over HTTP. ZITADEL reaches it at a Service inside the cluster, or from outside, as ZITADEL Cloud must,
 * through exactly one of `ingress` and `route`. Only the path of login records is open there.
 */
export interface LoginWebhook {
  /**
   * Whose pods may call, as the NetworkPolicy says it: ZITADEL's, or with `ingress` or `route` those of the
   * controller. The default are the pods of `stdout`; without those, or with `ingress` or `route`, it must be
   * given unless `networkPolicy.enabled` is false.
   */
  from?: NetworkPeer[];
  /**
   * Secret in the forwarder's namespace with the listener's own certificate and key (`tls.crt` and `tls.key`, as
   * cert-manager writes them), for HTTPS all the way to the pods. It is read again when it changes. The default is
   * none: plain HTTP inside the cluster, as behind an Ingress or a Gateway.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** An Ingress in front. The default is none. */
  ingress?: WebhookIngress;
  /** A route of the Gateway API in front. The default is none. */
  route?: WebhookRoute;
  /** Targets of Actions version 2, defined elsewhere, that post to the same URL. The default is none. */
  targets?: WebhookTarget[];
  /**
   * Accept that login records which were taken and not yet delivered are lost with a pod: needed with `storage`
   * of kind `ephemeral`, because nobody can read them again. The default is false.
   */
  acceptLoginLoss?: boolean;
}

/** A target of Actions version 2: https://zitadel.com/docs/concepts/features/actions_v2 */
export interface WebhookTarget {
  /** What its records call it: lower-case letters, digits and `-`. */
  name: string;
  /** Id of the organization that its calls are about. The default is none. */
  organizationId?: pulumi.Input<string>;
  /** The signing keys that ZITADEL gave for it, a generation each; all are accepted, so that they can rotate. */
  signingKeys: LoginSecret[];
}

/** An Ingress: https://kubernetes.io/docs/concepts/services-networking/ingress/ */
export interface WebhookIngress {
  /** Host name under which ZITADEL calls, for example `logins.example.com`; always over HTTPS. */
  host: pulumi.Input<string>;
  /** Class of the Ingress. The default is the cluster's. */
  className?: pulumi.Input<string>;
  /**
   * Secret in the forwarder's namespace with the certificate of `host`. The default is none: the controller's own
   * certificate, which ZITADEL has to trust.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** Annotations, for example for cert-manager. The default is none. */
  annotations?: { [name: string]: pulumi.Input<string> };
}

/** An HTTPRoute of the Gateway API: https://gateway-api.sigs.k8s.io/api-types/httproute/ */
export interface WebhookRoute {
  /** Host name under which ZITADEL calls, for example `logins.example.com`; the Gateway ends HTTPS for it. */
  host: pulumi.Input<string>;
  /** The Gateways that take the route; at least one. */
  gateways: GatewayReference[];
}

/** A Gateway, or one of its listeners. */
export interface GatewayReference {
  /** Name of the Gateway. */
  name: pulumi.Input<string>;
  /** Its namespace. The default is the forwarder's. */
  namespace?: pulumi.Input<string>;
  /** Name of one of its listeners. The default is all that fit. */
  sectionName?: pulumi.Input<string>;
}

/**
 * The source that is the log: the forwarder may list ZITADEL's pods and read their log, and nothing else in
 * ZITADEL's namespace.
 */
export interface LoginLog {
  /** Namespace of ZITADEL. */
  namespace: pulumi.Input<string>;
  /**
   * Labels of ZITADEL's pods. The default is `app.kubernetes.io/name: zitadel` and
   * `app.kubernetes.io/component: start`, as ZITADEL's chart sets them.
   */
  labels?: { [name: string]: pulumi.Input<string> };
}
