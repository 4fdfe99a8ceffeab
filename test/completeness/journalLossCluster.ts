import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startWorkload, type Workload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";

const reference = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "siem-checkpoint" };

/** What the tests read of a checkpoint; times are microseconds since 1970. */
export interface CheckpointText {
  journalId: string;
  writtenDate: string;
  deliveredMicros: number;
}

/** A cluster of which the forwarder sees one thing: the ConfigMap for its checkpoint, by GET and PATCH. */
export class CheckpointCluster {
  private constructor(
    private readonly workload: Workload,
    private readonly warden: Warden,
    /** A folder as a pod's service account is mounted. */
    readonly serviceAccount: string,
  ) {}

  /** @param folder holds the service account and whatever else the cluster keeps */
  static async start(folder: string): Promise<CheckpointCluster> {
    const serviceAccount = join(folder, "service-account");
    mkdirSync(serviceAccount, { recursive: true });
    const warden = new Warden(folder);
    const workload = await startWorkload(join(folder, "workload"), warden);
    const { apiVersion, kind, namespace, name } = reference;
    workload.supervisor.objects.create({ apiVersion, kind, metadata: { namespace, name } }, false);
    const token = randomUUID();
    workload.supervisor.admitToken(token);
    writeFileSync(join(serviceAccount, "token"), token);
    return new CheckpointCluster(workload, warden, serviceAccount);
  }

  get url(): string {
    const { namespace, name } = reference;
    return `${this.workload.supervisor.apiServer}/api/v1/namespaces/${namespace}/configmaps/${name}`;
  }

  /** The checkpoint as it lies in the ConfigMap; undefined when none was written. */
  get checkpoint(): CheckpointText | undefined {
    const found = this.workload.supervisor.objects.get(reference) as { data?: { checkpoint?: string } };
    const text = found.data?.checkpoint;
    return text === undefined ? undefined : (JSON.parse(text) as CheckpointText);
  }

  async close(): Promise<void> {
    await this.workload.close();
    await this.warden.close();
  }
}
