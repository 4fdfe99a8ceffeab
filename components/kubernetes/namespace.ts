import type * as pulumi from "@pulumi/pulumi";

/** The forwarder's own namespace: nothing but restricted pods runs in it. */
export const restrictedNamespace = (name: pulumi.Input<string>) => ({
  apiVersion: "v1" as const,
  kind: "Namespace" as const,
  metadata: {
    name,
    labels: {
      "app.kubernetes.io/part-of": "zitadel-siem",
      "app.kubernetes.io/managed-by": "pulumi",
      "pod-security.kubernetes.io/enforce": "restricted",
    },
  },
});
