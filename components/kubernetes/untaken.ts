import { AsyncResource } from "node:async_hooks";
import { getVersion } from "@pulumi/kubernetes/utilities";
import * as pulumi from "@pulumi/pulumi";

/*
 * Before an object is created it is made sure that none of its name is there: below 4.29 the Kubernetes plugin takes
 * over what exists, silently, and deletes it with the stack, a namespace with all that is in it. The range of
 * @pulumi/kubernetes does not keep an old plugin out, for one on PATH answers whatever the range says; nothing tells a
 * program which version answers; and the API server has no "create only" for the server-side apply that these plugins
 * use. What is left is to look: in a hook, for the engine alone knows what it is about to create and what it has created
 * before, and by a read of the provider, which every version of the plugin answers alike. It runs in previews too, and
 * `up` previews first, so all that is taken is found before anything is created.
 */

/** Pulumi's from 3.270 on; before it there is none. */
type ExistsResource = typeof pulumi.runtime.existsResource | undefined;

/** An object of Kubernetes, as a hook gets it. */
interface Inputs {
  kind: string;
  metadata: { name?: unknown; namespace?: unknown };
}

let hooks = 0;

/**
 * The hook that refuses what is taken, for the objects of one forwarder. In a preview an object that is to be replaced
 * is still there, and nothing tells it from one of others. So there only the namespace is looked for, which is never
 * replaced under its name, and everything where the forwarder is new: its service account, which is not replaced
 * either, is then about to be created. The other objects are to come after that one.
 *
 * Undefined under mocks, which know no hooks.
 */
export function refuseTaken(
  component: pulumi.ComponentResource,
  name: string,
): pulumi.ResourceHookBinding | undefined {
  const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
  if (typeof monitor?.registerResourceHook !== "function") return undefined;
  hooks += 1;
  let isNew = false;
  const refuse: pulumi.ResourceHookFunction = async ({ type, newInputs }) => {
    const { kind, metadata } = newInputs as Inputs;
    isNew ||= kind === "ServiceAccount";
    const id = idOf(metadata);
    const mayBeReplaced = pulumi.runtime.isDryRun() && !isNew && kind !== "Namespace";
    if (id === undefined || mayBeReplaced) return;
    const found = await look(type, id, { provider: component.getProvider(type), version: getVersion() });
    const problem = problemOf(kind, id, found);
    if (problem) throw new Error(problem);
  };
  // Of several programs in one process each has a context of its own, which the engine's call does not bring along.
  const inContext = AsyncResource.bind(refuse);
  const hook = new pulumi.ResourceHook(`zitadel-siem ${name} ${hooks}`, inContext, { onDryRun: true });
  return { beforeCreate: [hook] };
}

/** What a look at the cluster gave; an error where it cannot be reached or does not let us look. */
type Found = "there" | "absent" | "cannot tell" | Error;

function problemOf(kind: string, id: string, found: Found): string | undefined {
  if (found === "there")
    return `${kind} ${id} exists already and is not of this stack: it is left as it is. ${
      kind === "Namespace"
        ? "To use it, leave createNamespace out; else give another namespace."
        : "Give another workloadName or namespace, or delete it if it is a left-over."
    }`;
  if (found === "cannot tell" && kind === "Namespace")
    return `Namespace ${id} may exist already, which only Pulumi 3.270 or newer finds out, and one of others must not be taken over: update Pulumi, or create the namespace otherwise and leave createNamespace out`;
  if (found instanceof Error && !pulumi.runtime.isDryRun())
    return `whether ${kind} ${id} exists already could not be found out: ${found.message}`;
  return undefined;
}

/** Undefined while it is not known in full. */
function idOf({ name, namespace }: Inputs["metadata"]): string | undefined {
  if (typeof name !== "string" || name === "") return undefined;
  if (namespace === undefined) return name;
  return typeof namespace === "string" ? `${namespace}/${name}` : undefined;
}

async function look(type: string, id: string, options: pulumi.CustomResourceOptions): Promise<Found> {
  const exists = pulumi.runtime.existsResource as ExistsResource;
  if (!exists) return "cannot tell";
  const found = exists(type, id, undefined, options) as unknown as Record<
    "isKnown" | "isSecret",
    Promise<boolean>
  > & {
    promise(): Promise<boolean>;
  };
  // An error comes by each of them.
  const [known, there] = await Promise.allSettled([found.isKnown, found.promise()]);
  if (known.status === "fulfilled" && there.status === "fulfilled")
    return known.value && there.value ? "there" : "absent";
  const { reason } = (known.status === "rejected" ? known : there) as PromiseRejectedResult;
  const words = String(reason);
  // The provider says so where it has no cluster at all, as when it renders to files: nothing can be taken over there.
  if (/unreachable cluster/i.test(words)) return "absent";
  return /UNIMPLEMENTED|unknown method/i.test(words) ? "cannot tell" : (reason as Error);
}
