import * as pulumi from "@pulumi/pulumi";
import type { GatewayReference, LoginWebhook, WebhookIngress, WebhookRoute } from "../arguments";
import { webhookPath } from "../declaration/forwarderConfiguration";
import { annotated, metadata, selectorLabels, type Workload, webhookPortName } from "./workload";

const suffix = "-webhooks";
export const webhooksName = (workload: Workload) => metadata(workload, suffix).name;

/** Whether the pods themselves speak TLS. */
type Tls = Pick<LoginWebhook, "tlsSecretName">;

/** Port of the Service; its container port is `webhookPort`. */
const servicePort = ({ tlsSecretName }: Tls) => (tlsSecretName === undefined ? 80 : 443);

/** The Service that ZITADEL, an Ingress or a route calls: one port, and behind it nothing but webhooks. */
export const webhooksService = (workload: Workload, webhook: Tls) => ({
  apiVersion: "v1" as const,
  kind: "Service" as const,
  metadata: metadata(workload, suffix),
  spec: {
    selector: selectorLabels(workload),
    ports: [
      {
        name: webhookPortName,
        port: servicePort(webhook),
        targetPort: webhookPortName,
        protocol: "TCP",
        appProtocol: webhook.tlsSecretName === undefined ? "http" : "https",
      },
    ],
  },
});

/** The Ingress: one host, one path, always HTTPS. */
export const webhooksIngress = (workload: Workload, args: WebhookIngress) => ({
  apiVersion: "networking.k8s.io/v1" as const,
  kind: "Ingress" as const,
  metadata: {
    ...metadata(workload, suffix),
    ...annotated(workload, args.annotations),
  },
  spec: {
    ...(args.className !== undefined && { ingressClassName: args.className }),
    tls: [
      { hosts: [args.host], ...(args.tlsSecretName !== undefined && { secretName: args.tlsSecretName }) },
    ],
    rules: [
      {
        host: args.host,
        http: {
          paths: [
            {
              path: webhookPath,
              pathType: "Exact",
              backend: {
                service: {
                  name: webhooksName(workload),
                  port: { name: webhookPortName },
                },
              },
            },
          ],
        },
      },
    ],
  },
});

/** The route of the Gateway API: one host, one path. Source: https://gateway-api.sigs.k8s.io/reference/spec/ */
export const webhooksRoute = (workload: Workload, { host, gateways }: WebhookRoute, webhook: Tls) => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: metadata(workload, suffix),
  spec: {
    parentRefs: gateways.map(gateway),
    hostnames: [host],
    rules: [
      {
        matches: [{ path: { type: "Exact", value: webhookPath }, method: "POST" }],
        backendRefs: [{ name: webhooksName(workload), port: servicePort(webhook) }],
      },
    ],
  },
});

const gateway = ({ name, namespace, sectionName }: GatewayReference) => ({
  name,
  ...(namespace !== undefined && { namespace }),
  ...(sectionName !== undefined && { sectionName }),
});

/** Where ZITADEL calls: the host of the Ingress or route, or the Service inside the cluster. */
export function webhookUrl(
  workload: Workload,
  { ingress, route, tlsSecretName }: LoginWebhook,
): pulumi.Output<string> {
  const host = ingress?.host ?? route?.host;
  const scheme = tlsSecretName === undefined ? "http" : "https";
  return host === undefined
    ? pulumi.interpolate`${scheme}://${webhooksName(workload)}.${workload.namespace}.svc${webhookPath}`
    : pulumi.interpolate`https://${host}${webhookPath}`;
}
