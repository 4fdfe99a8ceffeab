/** Kinds of objects that programs in YAML may declare here: `<group>/<version>:<kind>` and their fields. */
const kinds: Record<string, readonly string[]> = {
  "core/v1:Namespace": ["spec"],
  "core/v1:ServiceAccount": ["automountServiceAccountToken"],
  "core/v1:ConfigMap": ["data", "binaryData", "immutable"],
  "core/v1:Secret": ["data", "stringData", "type", "immutable"],
  "core/v1:Service": ["spec"],
  "core/v1:PersistentVolumeClaim": ["spec"],
  "apps/v1:StatefulSet": ["spec"],
  "networking.k8s.io/v1:NetworkPolicy": ["spec"],
  "rbac.authorization.k8s.io/v1:Role": ["rules"],
  "rbac.authorization.k8s.io/v1:RoleBinding": ["roleRef", "subjects"],
};

/**
 * The package's schema, as far as YAML's language asks for it before it runs a program: which kinds there are, and
 * the names of their fields. What the fields hold is the API server's to check; the real schema of all kinds takes
 * 40 MB.
 */
export function schema(version: string): object {
  const resources = Object.entries(kinds).map(([kind, fields]) => {
    const names = ["apiVersion", "kind", "metadata", ...fields];
    const properties = Object.fromEntries(names.map((name) => [name, { $ref: "pulumi.json#/Any" }]));
    return [`kubernetes:${kind}`, { properties, inputProperties: properties }];
  });
  return { name: "kubernetes", version, resources: Object.fromEntries(resources) };
}
