/** A run for `workload.test.ts` to kill: starts one container, prints its process id and stays. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { localCluster } from "../../local/workload";
import { startWorkload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";

async function main(folder: string): Promise<void> {
  const { environment } = await startWorkload(folder, new Warden(folder));
  const cluster = localCluster(environment)!;
  const source = "require('fs').writeFileSync('/data/pid', String(process.pid)); setInterval(() => 0, 1000)";
  await cluster.create(
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "one", namespace: "default" },
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: "one",
                command: ["node", "-e", source],
                volumeMounts: [{ name: "data", mountPath: "/data" }],
              },
            ],
          },
        },
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
      },
    },
    { dryRun: false },
  );
  const file = join(folder, "claims", "default_data-one-0", "pid");
  const look = setInterval(() => {
    let pid = "";
    try {
      pid = readFileSync(file, "utf8");
    } catch {
      return;
    }
    if (pid === "") return;
    clearInterval(look);
    console.log(pid);
  }, 50);
  setInterval(() => undefined, 60_000);
}

void main(process.argv[2]!);
