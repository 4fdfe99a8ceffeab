import type { ForwarderLogins } from "../arguments/logins";
import type { NetworkPeer } from "../arguments/workload";

/** Labels of ZITADEL's pods, as its Helm chart sets them. */
export const defaultZitadelLabels = {
  "app.kubernetes.io/name": "zitadel",
  "app.kubernetes.io/component": "start",
};

/** Whose pods may call the webhook: those declared, else ZITADEL's, where its pods are declared and call directly. */
export function webhookCallers(logins: ForwarderLogins | undefined): NetworkPeer[] {
  const { webhook, stdout } = logins ?? {};
  if (!webhook) return [];
  if (webhook.from) return webhook.from;
  if (!stdout || webhook.ingress || webhook.route) return [];
  return [
    {
      namespaceLabels: { "kubernetes.io/metadata.name": stdout.namespace },
      podLabels: stdout.labels ?? defaultZitadelLabels,
    },
  ];
}
