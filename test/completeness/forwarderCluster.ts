import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkpointRole,
  checkpointRoleBinding,
  podLogsRole,
  podLogsRoleBinding,
} from "../../components/kubernetes/accessControl";
import { checkpointConfigMap } from "../../components/kubernetes/configMaps";
import type { KubernetesObject } from "../../local/plugins/cluster";
import { LoggedPods } from "../../local/workload/loggedPods";
import { startWorkload, type Workload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";

const forwarder = { name: "siem", namespace: "default" };
const account = { namespace: forwarder.namespace, name: forwarder.name };
const checkpoint = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "siem-checkpoint" };

/** As ZITADEL's chart sets them. */
const zitadelLabels = { "app.kubernetes.io/name": "zitadel", "app.kubernetes.io/component": "start" };

/** What the tests read of a checkpoint; times are microseconds since 1970. */
export interface CheckpointText {
  journalId: string;
  writtenDate: string;
  deliveredMicros: number;
}

/**
 * A cluster of which the forwarder sees what its Roles allow: the ConfigMap for its checkpoint, and ZITADEL's pods
 * with their logs.
 */
export class ForwarderCluster {
  private constructor(
    /** ZITADEL's; none at first. */
    readonly pods: LoggedPods,
    private readonly workload: Workload,
    private readonly warden: Warden,
    /** A folder as a pod's service account is mounted. */
    readonly serviceAccount: string,
  ) {}

  /**
   * @param folder holds the service account and whatever else the cluster keeps
   * @param clock of the node on which ZITADEL's pods run, nanoseconds since 1970; by default the machine's
   */
  static async start(folder: string, clock?: () => bigint): Promise<ForwarderCluster> {
    const serviceAccount = join(folder, "service-account");
    mkdirSync(serviceAccount, { recursive: true });
    const warden = new Warden(folder);
    const workload = await startWorkload(join(folder, "workload"), warden);
    const pods = new LoggedPods("zitadel", zitadelLabels, clock);
    workload.supervisor.addLoggedPods(pods);
    for (const manifest of [
      checkpointConfigMap(forwarder),
      checkpointRole(forwarder),
      checkpointRoleBinding(forwarder),
      podLogsRole(forwarder, pods.namespace),
      podLogsRoleBinding(forwarder, pods.namespace),
    ])
      workload.supervisor.objects.create(manifest as KubernetesObject, false);
    const token = randomUUID();
    workload.supervisor.admitToken(token, account);
    writeFileSync(join(serviceAccount, "token"), token);
    return new ForwarderCluster(pods, workload, warden, serviceAccount);
  }

  /** Of the checkpoint's ConfigMap. */
  get url(): string {
    const { namespace, name } = checkpoint;
    return `${this.workload.supervisor.apiServer}/api/v1/namespaces/${namespace}/configmaps/${name}`;
  }

  /** The checkpoint as it lies in the ConfigMap; undefined when none was written. */
  get checkpoint(): CheckpointText | undefined {
    const found = this.workload.supervisor.objects.get(checkpoint) as { data?: { checkpoint?: string } };
    const text = found.data?.checkpoint;
    return text === undefined ? undefined : (JSON.parse(text) as CheckpointText);
  }

  async close(): Promise<void> {
    await this.workload.close();
    await this.warden.close();
  }
}
