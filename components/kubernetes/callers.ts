import { zitadelPodLabels } from "../../contract/logins";
import type { ForwarderLogins, NetworkPeer } from "../arguments";

/** Whose pods may call the webhook: those declared, else ZITADEL's, where its pods are declared and call directly. */
export function webhookCallers(logins: ForwarderLogins | undefined): NetworkPeer[] {
  const { webhook, stdout } = logins ?? {};
  if (!webhook) return [];
  if (webhook.from) return webhook.from;
  if (!stdout || webhook.ingress || webhook.route) return [];
  return [
    {
      namespaceLabels: { "kubernetes.io/metadata.name": stdout.namespace },
      podLabels: stdout.labels ?? zitadelPodLabels,
    },
  ];
}
