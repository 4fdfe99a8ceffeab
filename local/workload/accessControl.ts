import type { KubernetesObject } from "../plugins/cluster";

export interface ServiceAccount {
  namespace: string;
  name: string;
}

/** What somebody wants to do in a namespace, with a resource of the core API group. */
export interface Access {
  namespace: string;
  /** As rules name it: `configmaps`, `pods/log`. */
  resource: string;
  verb: string;
  /** Absent for what has no name, as a list. */
  name?: string;
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** Whether a Role that is bound to the account allows it. ClusterRoles count for nothing: the forwarder has none. */
export function isAllowed(
  objects: readonly KubernetesObject[],
  account: ServiceAccount,
  { namespace, resource, verb, name }: Access,
): boolean {
  const inNamespace = objects.filter(({ metadata }) => metadata.namespace === namespace);
  const bound = inNamespace
    .filter(({ kind }) => kind === "RoleBinding")
    .filter((binding) =>
      (binding.subjects as (ServiceAccount & { kind: string })[]).some(
        (subject) =>
          subject.kind === "ServiceAccount" &&
          subject.namespace === account.namespace &&
          subject.name === account.name,
      ),
    )
    .map((binding) => (binding.roleRef as { name: string }).name);
  return inNamespace
    .filter(({ kind, metadata }) => kind === "Role" && bound.includes(metadata.name ?? ""))
    .flatMap((role) => role.rules as Rule[])
    .some(
      ({ apiGroups, resources, resourceNames, verbs }) =>
        apiGroups.includes("") &&
        resources.includes(resource) &&
        verbs.includes(verb) &&
        (resourceNames === undefined || (name !== undefined && resourceNames.includes(name))),
    );
}
