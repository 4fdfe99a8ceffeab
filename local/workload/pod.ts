import { randomInt, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import type { ServiceAccount } from "./accessControl";
import {
  type ContainerPlan,
  isRunHere,
  listeningPorts,
  planContainer,
  referredAddresses,
} from "./containerPlan";
import { ContainerProcess, runToEnd } from "./containerProcess";
import type { ConfigMapObject, Container, PodTemplate, SecretObject, Volume } from "./manifests";
import type { ClusterNetwork } from "./network";
import { configMapEntries, MissingSource, secretEntries, volumeFiles, writeVolume } from "./volumeFiles";
import type { Warden } from "./warden";

/** Milliseconds between two tries to start a pod whose ConfigMap or Secret is not there yet. */
const START_INTERVAL = 500;
/** The service account of a pod that names none. */
const DEFAULT_ACCOUNT = "default";

/** What pods need of the run around them. */
export interface PodHost {
  /** Folder for pods and for volumes. */
  folder: string;
  warden: Warden;
  /** Address that stands in for `https://kubernetes.default.svc`. */
  apiServer: string;
  network: ClusterNetwork;
  configMap(namespace: string, name: string): ConfigMapObject | undefined;
  secret(namespace: string, name: string): SecretObject | undefined;
  /** Makes the token of a service account known to the API server. */
  admitToken(token: string, account: ServiceAccount): void;
}

export interface PodIdentity {
  namespace: string;
  name: string;
  uid: string;
  template: PodTemplate;
  /** Claim of each volume that comes from a claim template. */
  claims: Readonly<Record<string, string>>;
}

/** A pod as processes of this machine, from its start to `stop`. */
export class Pod {
  readonly #token = randomUUID();
  readonly #folder: string;
  #containers: ContainerProcess[] = [];
  #stopped = false;
  #started: Promise<void>;
  #reason = "is starting";

  constructor(
    readonly identity: PodIdentity,
    private readonly host: PodHost,
    private readonly onChange: () => void,
  ) {
    this.#folder = join(host.folder, "pods", `${identity.namespace}_${identity.name}_${identity.uid}`);
    const { namespace, template } = identity;
    host.admitToken(this.#token, { namespace, name: template.spec.serviceAccountName ?? DEFAULT_ACCOUNT });
    this.#started = this.#start().catch((error: Error) => {
      this.#reason = error.message;
      onChange();
    });
  }

  get ready(): boolean {
    return !this.#stopped && this.#containers.length > 0 && this.#containers.every(({ ready }) => ready);
  }

  get restarts(): number {
    return this.#containers.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  /** Why it is not ready. */
  get reason(): string {
    const waiting = this.#containers.find(({ ready }) => !ready);
    const what = waiting ? `container ${waiting.plan.name} ${waiting.reason}` : this.#reason;
    return `pod ${this.identity.name}: ${what}`;
  }

  /** The port of 127.0.0.1 behind each container's declared ports. */
  get ports(): ContainerPlan["ports"][] {
    return this.#containers.map(({ plan }) => plan.ports);
  }

  logFile(container: string): string {
    return join(this.#folder, `${container}.log`);
  }

  /** Brings the files of its volumes up to date with their ConfigMaps and Secrets, as kubelet does. */
  refreshVolumes(): void {
    if (this.#containers.length === 0) return;
    try {
      this.#prepareVolumes();
    } catch (error) {
      // As on a cluster, a running pod keeps the files that it has.
      if (!(error instanceof MissingSource)) throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#started;
    const gracePeriod = 1000 * (this.identity.template.spec.terminationGracePeriodSeconds ?? 30);
    await Promise.all(this.#containers.map((container) => container.stop(gracePeriod)));
  }

  async #start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const volumes = await this.#awaitVolumes();
    if (volumes === undefined) return;
    const { initContainers = [], containers } = this.identity.template.spec;
    for (const container of initContainers) {
      await runToEnd(await this.#plan(container, volumes), this.#folder, this.host.warden);
    }
    for (const container of containers) {
      if (!isRunHere(container)) {
        const why = "not run: it is the image of a program that the local run does not have\n";
        writeFileSync(this.logFile(container.name), why, { mode: 0o600 });
        continue;
      }
      const plan = await this.#plan(container, volumes);
      if (this.#stopped) return;
      const log = this.logFile(container.name);
      this.#containers.push(new ContainerProcess(plan, this.#folder, log, this.host.warden, this.onChange));
    }
  }

  /** Undefined if the pod was stopped while it waited. */
  async #awaitVolumes(): Promise<Record<string, string> | undefined> {
    while (!this.#stopped) {
      try {
        return this.#prepareVolumes();
      } catch (error) {
        if (!(error instanceof MissingSource)) throw error;
        this.#reason = `waits: ${error.message}`;
        this.onChange();
      }
      await new Promise((resolve) => setTimeout(resolve, START_INTERVAL));
    }
    return undefined;
  }

  #prepareVolumes(): Record<string, string> {
    const { namespace, claims } = this.identity;
    const sources = {
      configMap: (name: string) => this.host.configMap(namespace, name),
      secret: (name: string) => this.host.secret(namespace, name),
      token: this.#token,
      fields: this.#fields(),
    };
    const folders: Record<string, string> = {};
    for (const volume of this.#declaredVolumes()) {
      const claim = volume.persistentVolumeClaim?.claimName;
      folders[volume.name] = claim ? claimFolder(this.host.folder, namespace, claim) : this.#own(volume.name);
      const files = volumeFiles(volume, sources);
      if (files === undefined) mkdirSync(folders[volume.name]!, { recursive: true, mode: 0o700 });
      else writeVolume(folders[volume.name]!, files);
    }
    for (const [name, claim] of Object.entries(claims)) {
      folders[name] = claimFolder(this.host.folder, namespace, claim);
      mkdirSync(folders[name], { recursive: true, mode: 0o700 });
    }
    return folders;
  }

  #declaredVolumes(): Volume[] {
    const { spec } = this.identity.template;
    return (spec.volumes ?? []).filter(({ name }) => !(name in this.identity.claims));
  }

  async #plan(container: Container, volumes: Record<string, string>): Promise<ContainerPlan> {
    const { namespace } = this.identity;
    const ports = listeningPorts(container);
    const free = await freePorts(ports.length);
    return planContainer(container, {
      node: process.execPath,
      path: [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
      volumes,
      freePorts: new Map(ports.map((port, index) => [port, free[index]!])),
      clusterPorts: await this.host.network.portsFor(referredAddresses(container)),
      apiServer: this.host.apiServer,
      fields: this.#fields(),
      read: (kind, name, key) => {
        const object =
          kind === "Secret" ? this.host.secret(namespace, name) : this.host.configMap(namespace, name);
        const entries = object && (kind === "Secret" ? secretEntries(object) : configMapEntries(object));
        return entries?.get(key)?.toString();
      },
    });
  }

  #own(volume: string): string {
    return join(this.#folder, "volumes", volume);
  }

  #fields(): Record<string, string> {
    const { namespace, name, uid, template } = this.identity;
    return {
      "metadata.name": name,
      "metadata.namespace": namespace,
      "metadata.uid": uid,
      "spec.serviceAccountName": template.spec.serviceAccountName ?? DEFAULT_ACCOUNT,
      "spec.nodeName": "localhost",
      "status.podIP": "127.0.0.1",
      "status.hostIP": "127.0.0.1",
    };
  }
}

/** The folder that stands in for the volume of a claim. */
export function claimFolder(folder: string, namespace: string, claim: string): string {
  return join(folder, "claims", `${namespace}_${claim}`);
}

/**
 * The ports that pods take, both included: none of those that systems give to whoever asks for just any (from 32768 on
 * Linux, 49152 elsewhere), or a port could be given away between the moment it is found free and its container's start.
 */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000];

/** Different ports of 127.0.0.1 that nobody listened on a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
