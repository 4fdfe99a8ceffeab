import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { EnvironmentVariable, PodTemplate } from "../arguments";
import { liftObject } from "./lift";
import { selectorLabels, type Workload } from "./workload";

/** An object that Kubernetes defines, as it is declared. */
type Declared = NonNullable<PodTemplate["affinity"]>;

/** What a template adds to the forwarder's own container. */
export const containerAdditions = ({ environment = {}, volumeMounts = [] }: PodTemplate = {}) => ({
  env: Object.entries(environment).map(([name, variable]) => ({ name, ...sourceOf(variable) })),
  volumeMounts: volumeMounts as unknown as types.input.core.v1.VolumeMount[],
});

const sourceOf = ({ value, secret }: EnvironmentVariable) =>
  secret ? { valueFrom: { secretKeyRef: { name: secret.name, key: secret.key } } } : { value };

/** What a template says of where and how the pods run, as properties of the pod; `pull` is every container's. */
export function podProperties(workload: Workload, template: PodTemplate = {}, pull: object = {}): PodSpec {
  const { topologySpreadConstraints: spread, initContainers } = template;
  return {
    ...given(template, [
      "nodeSelector",
      "tolerations",
      "affinity",
      "priorityClassName",
      "runtimeClassName",
      "schedulerName",
      "dnsPolicy",
      "dnsConfig",
      "hostAliases",
    ]),
    ...(spread && {
      topologySpreadConstraints: spread.map((constraint) =>
        liftObject(constraint, (known) => ({
          labelSelector: { matchLabels: selectorLabels(workload) },
          ...known,
        })),
      ) as unknown as types.input.core.v1.TopologySpreadConstraint[],
    }),
    ...(initContainers && { initContainers: initContainers.map((one) => completed(one, pull)) }),
  };
}

/** The containers beside the forwarder's. */
export const sidecars = ({ sidecars = [] }: PodTemplate = {}, pull: object = {}) =>
  sidecars.map((one) => completed(one, pull));

/** Kubernetes says of what is in its own objects what is wrong with it. */
type PodSpec = Partial<types.input.core.v1.PodSpec>;

const given = (template: PodTemplate, names: readonly (keyof PodTemplate)[]): PodSpec =>
  Object.fromEntries(
    names.filter((name) => template[name] !== undefined).map((name) => [name, template[name]]),
  );

/** The volumes besides the forwarder's own. */
export const furtherVolumes = ({ volumes = [] }: PodTemplate = {}) =>
  volumes as unknown as types.input.core.v1.Volume[];

/**
 * A container with what Pod Security `restricted` asks of it, and with when its image is pulled, where it says nothing
 * about it.
 */
const completed = (container: Declared, pull: object) =>
  liftObject(container, (known) => ({
    ...pull,
    ...known,
    securityContext: liftObject(known.securityContext ?? {}, (context) => ({
      allowPrivilegeEscalation: false,
      ...context,
      capabilities: liftObject(context.capabilities ?? {}, (capabilities) => ({
        drop: ["ALL"],
        ...capabilities,
      })),
    })),
  })) as pulumi.Input<types.input.core.v1.Container>;
