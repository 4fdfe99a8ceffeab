/**
 * How a container becomes a process of this machine: paths below a mount become paths below the folder that
 * stands in for it, ports become free ports of loopback, the API server's name becomes the address of the one
 * that serves the run, and names of Services and pods become addresses that lead there. Pure: what it needs is
 * given. A preStop hook is left out: it waits until a cluster has heard that a pod leaves, and here all know at once.
 */
import type { Container, EnvironmentVariable, Probe } from "./manifests";
import { clusterAddresses, withLocalAddresses } from "./network";

export interface ContainerPlan {
  name: string;
  file: string;
  args: string[];
  env: Record<string, string>;
  /** The port on 127.0.0.1 at which each declared or named port is found. */
  ports: ReadonlyMap<number | string, number>;
  probes: { startup?: ProbePlan; readiness?: ProbePlan; liveness?: ProbePlan };
}

/** A probe with Kubernetes' defaults filled in. Milliseconds. */
export interface ProbePlan {
  url: string;
  initialDelay: number;
  period: number;
  timeout: number;
  successThreshold: number;
  failureThreshold: number;
}

export interface Surroundings {
  /** The executable that `node` means. */
  node: string;
  /** PATH of the process. */
  path: string;
  /** Folder for each volume, by its name. */
  volumes: Readonly<Record<string, string>>;
  /** A free port of 127.0.0.1 for each port that the container listens on. */
  freePorts: ReadonlyMap<number, number>;
  /** The port of 127.0.0.1 that leads to each address of the cluster in its arguments. */
  clusterPorts: ReadonlyMap<string, number>;
  /** What stands in for `https://kubernetes.default.svc`. */
  apiServer: string;
  /** `metadata.name`, `metadata.namespace`, `status.podIP`, … */
  fields: Readonly<Record<string, string>>;
  /** The value under a key of a Secret or ConfigMap, if there is one. */
  read(kind: "Secret" | "ConfigMap", name: string, key: string): string | undefined;
}

/** What a container asks for that this machine cannot give, or that is wrong in its manifest. */
export class UnsuitableContainer extends Error {
  override readonly name = "UnsuitableContainer";
}

/** An argument that is a listening address, alone or behind an option's `=`. */
const LISTEN_ADDRESS = /^(|--[\w-]+=)(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\]|):(\d+)$/;

/** The ports that a container listens on: those it declares and those of its arguments. */
export function listeningPorts({ ports = [], command = [], args = [] }: Container): number[] {
  const fromArguments = [...command, ...args].flatMap((argument) => {
    const port = LISTEN_ADDRESS.exec(argument)?.[2];
    return port === undefined ? [] : [Number(port)];
  });
  return [...new Set([...ports.map(({ containerPort }) => containerPort), ...fromArguments])];
}

/** The addresses of Services and pods to which a container's arguments refer. */
export const referredAddresses = ({ command = [], args = [] }: Container): string[] =>
  [...command, ...args].flatMap(clusterAddresses);

/**
 * Whether a container is run at all. The OpenTelemetry Collector beside the forwarder is not: what it would take waits
 * in the journal.
 */
export const isRunHere = ({ name }: Container): boolean => name !== "collector";

export function planContainer(container: Container, surroundings: Surroundings): ContainerPlan {
  const mounts = mountedFolders(container, surroundings);
  const localise = (text: string) =>
    withLocalAddresses(
      replaceMounts(localiseAddress(text, surroundings.freePorts), mounts).replace(
        /^https:\/\/kubernetes\.default\.svc(?=[/:]|$)/,
        surroundings.apiServer,
      ),
      surroundings.clusterPorts,
    );
  const env = planEnvironment(container, surroundings, localise);
  const [first, ...rest] = expand([...(container.command ?? ["node"]), ...(container.args ?? [])], env).map(
    localise,
  );
  if (!/^(.*\/)?node$/.test(first!)) {
    throw new UnsuitableContainer(
      `container ${container.name} runs ${first}: the local run knows containers that run node only`,
    );
  }
  const ports = planPorts(container, surroundings.freePorts);
  const probe = (declared: Probe | undefined) => declared && planProbe(container.name, declared, ports);
  return {
    name: container.name,
    file: surroundings.node,
    args: rest,
    env: { PATH: surroundings.path, ...env },
    ports,
    probes: {
      startup: probe(container.startupProbe),
      readiness: probe(container.readinessProbe),
      liveness: probe(container.livenessProbe),
    },
  };
}

interface Mount {
  mountPath: string;
  folder: string;
}

function mountedFolders({ name, volumeMounts = [] }: Container, { volumes }: Surroundings): Mount[] {
  const declared = volumeMounts.map(({ name: volume, mountPath, subPath }) => {
    const folder = volumes[volume];
    if (folder === undefined) {
      throw new UnsuitableContainer(
        `container ${name} mounts the volume ${volume}, which its pod does not have`,
      );
    }
    return { mountPath: mountPath.replace(/\/+$/, ""), folder: subPath ? `${folder}/${subPath}` : folder };
  });
  // Longest first: a mount inside another wins over it.
  return declared.sort((a, b) => b.mountPath.length - a.mountPath.length);
}

/** Replaces every path at or below a mount, wherever in the text it begins. */
function replaceMounts(text: string, mounts: readonly Mount[]): string {
  if (mounts.length === 0) return text;
  const paths = mounts.map(({ mountPath }) => mountPath.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const folders = new Map(mounts.map(({ mountPath, folder }) => [mountPath, folder]));
  return text.replace(
    new RegExp(`(?<![\\w./-])(${paths.join("|")})(?![\\w.-])`, "g"),
    (path) => folders.get(path)!,
  );
}

function localiseAddress(argument: string, freePorts: ReadonlyMap<number, number>): string {
  const [, option, port] = LISTEN_ADDRESS.exec(argument) ?? [];
  const free = freePorts.get(Number(port));
  return free === undefined ? argument : `${option}127.0.0.1:${free}`;
}

function planPorts({ ports = [] }: Container, freePorts: ReadonlyMap<number, number>) {
  const plan = new Map<number | string, number>(freePorts);
  for (const { name, containerPort } of ports) {
    if (name !== undefined) plan.set(name, freePorts.get(containerPort)!);
  }
  return plan;
}

function planEnvironment(
  container: Container,
  surroundings: Surroundings,
  localise: (text: string) => string,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const variable of container.env ?? []) {
    const value = resolveValue(container.name, variable, surroundings);
    if (value !== undefined) env[variable.name] = localise(expand([value], env)[0]!);
  }
  return env;
}

function resolveValue(
  container: string,
  { name, value, valueFrom }: EnvironmentVariable,
  { fields, read }: Surroundings,
): string | undefined {
  if (valueFrom === undefined) return value ?? "";
  const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom;
  const reference = secretKeyRef ?? configMapKeyRef;
  const found = reference
    ? read(secretKeyRef ? "Secret" : "ConfigMap", reference.name, reference.key)
    : fields[fieldRef?.fieldPath ?? ""];
  if (found === undefined && !reference?.optional) {
    const what = reference ? `${reference.key} of ${reference.name}` : fieldRef?.fieldPath;
    throw new UnsuitableContainer(`container ${container}: ${name} refers to ${what}, which is not there`);
  }
  return found;
}

/** Kubernetes' `$(NAME)` in arguments and values; `$$(NAME)` is left as `$(NAME)`. */
function expand(texts: string[], env: Readonly<Record<string, string>>): string[] {
  return texts.map((text) =>
    text.replace(/\$(\$)?\(([\w.-]+)\)/g, (whole, escaped: string | undefined, name: string) =>
      escaped ? whole.slice(1) : (env[name] ?? whole),
    ),
  );
}

/** Defaults: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes */
function planProbe(container: string, probe: Probe, ports: ReadonlyMap<number | string, number>): ProbePlan {
  const port = probe.httpGet && ports.get(probe.httpGet.port);
  if (port === undefined) {
    throw new UnsuitableContainer(
      `container ${container}: the local run knows probes by httpGet only, at a port that the container declares`,
    );
  }
  return {
    url: `http://127.0.0.1:${port}${probe.httpGet?.path ?? "/"}`,
    initialDelay: 1000 * (probe.initialDelaySeconds ?? 0),
    period: 1000 * (probe.periodSeconds ?? 10),
    timeout: 1000 * (probe.timeoutSeconds ?? 1),
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}
