import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Forwarder, type ForwarderArgs } from "../../components/index";
import type { Operation } from "../../local/engineStack";
import { buildProducts } from "../../local/run/build";
import { claimFolder } from "../../local/workload/pod";
import { callOf, claimOf } from "../forwarder/sources/logins/signing";
import { uniqueName, useEngine } from "./stack";
import { listCluster, openStage, type Stage, waitFor } from "./stage";

let stage: Stage;
const engine = useEngine(async () => {
  await buildProducts(() => undefined);
  stage = await openStage();
  return { plugins: ["kubernetes"], environment: stage.workload.environment };
});
afterAll(() => stage?.close());

const SECRET = "secret-of-301";

/** A forwarder that takes webhook calls; `change` overrides properties. */
function forwarder(change: Partial<ForwarderArgs>) {
  const { url, adminKey } = stage.zitadel;
  const { hostname: domain, port } = new URL(url);
  return new Forwarder("audit-log", {
    zitadel: { domain, port: Number(port), insecure: true },
    reader: { existingKey: { value: JSON.stringify(adminKey) } },
    events: { startFrom: "beginning" },
    logins: {
      organizations: [{ id: "301", secrets: [{ name: "2026-11", value: SECRET }] }],
      webhook: { from: [{ namespaceLabels: { "kubernetes.io/metadata.name": "zitadel" } }] },
    },
    destinations: [{ name: "soc", http: { url: stage.receiver.url } }],
    namespace: "default",
    ...change,
  });
}

const changesOf = ({ steps }: Operation) =>
  steps.filter(({ op }) => op !== "same").map(({ op, type }) => `${op} ${type.split(":").at(-1)}`);
const claims = () => listCluster(stage).objects.filter((name) => name.startsWith("PersistentVolumeClaim"));

/** The claim of ordinal 1 and the file of its journal, as what they are and not by their names. */
function heldBySecond() {
  const reference = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "default" };
  const { supervisor } = stage.workload;
  const claim = supervisor.objects.get({ ...reference, name: "journal-audit-log-1" });
  const file = join(claimFolder(supervisor.folder, "default", "journal-audit-log-1"), "journal.db");
  return { claim: claim?.metadata.uid, journal: statSync(file).ino };
}

it("replicas come and go with their claims, and what a leaving one holds stays in the cluster", async () => {
  let change: Partial<ForwarderArgs> = {};
  const before = listCluster(stage).objects;
  const stack = await engine().inlineStack({
    project: uniqueName("replicas"),
    program: async () => ({ url: forwarder(change).webhookUrl }),
  });

  const up = await stack.up();
  expect(up.diagnostics).toEqual([]);
  expect(up.outputs.url?.value).toBe("http://audit-log-webhooks.default.svc/logins");
  expect(listCluster(stage).pods).toEqual(["audit-log-0", "audit-log-1"]);
  expect(changesOf(await stack.up()), "a second up").toEqual([]);

  // Each replica takes one: the Service leads to them in turn.
  for (const id of ["a", "b"]) {
    const answer = await fetch(await stage.workload.supervisor.network.reach(up.outputs.url!.value), {
      method: "POST",
      body: JSON.stringify(callOf(claimOf({ id: id.repeat(32) }), "301", SECRET)),
    });
    expect(answer.status).toBe(204);
  }
  const arrived = () => stage.receiver.records.filter(({ source }) => source === "webhook").length;
  await waitFor("both logins arrive", () => arrived() === 2);

  change = { replicas: 3 };
  const out = changesOf(await stack.up());
  expect(out).toContain("create PersistentVolumeClaimPatch");
  expect(claims()).toHaveLength(3);

  change = { replicas: 1 };
  const scaledIn = changesOf(await stack.up());
  expect(scaledIn).toContain("delete PodDisruptionBudget");
  expect(listCluster(stage).pods).toEqual(["audit-log-0"]);
  expect(claims(), "claims that may hold logins stay").toHaveLength(3);

  const left = heldBySecond();
  change = { replicas: 2 };
  expect(changesOf(await stack.up())).toContain("create PersistentVolumeClaimPatch");
  expect(listCluster(stage).pods).toEqual(["audit-log-0", "audit-log-1"]);
  expect(heldBySecond(), "it takes the claim and the journal that it had").toEqual(left);
  expect(changesOf(await stack.up()), "another up").toEqual([]);

  await stack.destroy();
  expect(listCluster(stage).objects, "the claims go with the first").toEqual(before);
});
