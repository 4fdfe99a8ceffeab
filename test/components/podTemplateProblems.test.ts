import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { checkedWorkload, problemsWith } from "../../components/declaration/workload/checkedWorkload";
import { fitted } from "./declarations";
import { areRefused, later, said, type Wrong } from "./refusal";
import { representativeStacks } from "./representativeStacks";

const wrong = (what: string, template: object, path: string, remedy: string): Wrong => [
  what,
  { podTemplate: template },
  `podTemplate.${path}`,
  remedy,
];
const sidecar = (change: object) => ({ sidecars: [{ name: "agent", image: "agent:1", ...change }] });
const restricted = "would break Pod Security `restricted`";

/** What is a promise of the forwarder's pod, by the name that Kubernetes has for it. */
const promised = [
  "hostNetwork",
  "hostPID",
  "hostIPC",
  "replicas",
  "selector",
  "serviceAccountName",
  "terminationGracePeriodSeconds",
  "readOnlyRootFilesystem",
  "automountServiceAccountToken",
  "restartPolicy",
  "containers",
];

describe("what would break a promise is refused by name, with the reason:", () => {
  areRefused([
    ...promised.map((name) => wrong(name, { [name]: true }, name, "cannot be set: ")),
    wrong("root", { securityContext: { runAsUser: 0 } }, "securityContext.runAsUser", restricted),
    wrong(
      "root's right",
      { securityContext: { runAsNonRoot: false } },
      "securityContext.runAsNonRoot",
      restricted,
    ),
    wrong(
      "no seccomp profile",
      { securityContext: { seccompProfile: { type: "Unconfined" } } },
      "securityContext.seccompProfile",
      restricted,
    ),
    wrong(
      "a privileged sidecar",
      sidecar({ securityContext: { privileged: true } }),
      "sidecars[0].securityContext.privileged",
      restricted,
    ),
    wrong(
      "a capability",
      sidecar({ securityContext: { capabilities: { add: ["SYS_PTRACE"] } } }),
      "sidecars[0].securityContext.capabilities.add",
      restricted,
    ),
    wrong(
      "a port of the node",
      sidecar({ ports: [{ hostPort: 80 }] }),
      "sidecars[0].ports[0].hostPort",
      restricted,
    ),
    wrong(
      "a folder of the node",
      { volumes: [{ name: "a", hostPath: {} }] },
      "volumes[0].hostPath",
      restricted,
    ),
    wrong(
      "a journal in another container",
      { volumes: [{ name: "a", persistentVolumeClaim: { claimName: "journal-audit-log-0" } }] },
      "volumes[0].persistentVolumeClaim.claimName",
      "one writer",
    ),
    wrong(
      "the credentials in another container",
      sidecar({ volumeMounts: [{ name: "secrets", mountPath: "/a" }] }),
      "sidecars[0].volumeMounts[0].name",
      "no other container",
    ),
    ...["NODE_OPTIONS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_DEBUG", "LD_PRELOAD", "MALLOC_ARENA_MAX"].map(
      (name) =>
        wrong(name, { environment: { [name]: { value: "1" } } }, `environment.${name}`, "cannot be set: it"),
    ),
    wrong(
      "an annotation of ours",
      { annotations: { "zitadel-siem/x": "" } },
      "annotations.zitadel-siem/x",
      "cannot be replaced",
    ),
  ]);
});

describe("a wrong template is refused:", () => {
  areRefused([
    wrong("no value", { environment: { A: {} } }, "environment.A", "exactly one of { value }"),
    wrong(
      "no name of a variable",
      { environment: { "a b": { value: "" } } },
      "environment",
      "letters, digits",
    ),
    wrong("a volume without a name", { volumes: [{ emptyDir: {} }] }, "volumes[0].name", "is missing"),
    wrong(
      "two volumes of a name",
      { volumes: [{ name: "a" }, { name: "a" }] },
      "volumes[1].name",
      "is already",
    ),
    wrong(
      "a mount of nothing",
      { volumeMounts: [{ name: "a", mountPath: "/a" }] },
      "volumeMounts[0].name",
      "podTemplate.volumes",
    ),
    wrong("a sidecar without an image", { sidecars: [{ name: "a" }] }, "sidecars[0].image", "is missing"),
    wrong(
      "a sidecar like an init container",
      { ...sidecar({}), initContainers: [{ name: "agent", image: "a" }] },
      "sidecars[0].name",
      "another container",
    ),
    wrong("no servers for names", { dnsPolicy: "None" }, "dnsConfig", "nameservers"),
    wrong("an unknown property", { toleration: [] }, "toleration", 'did you mean "tolerations"?'),
  ]);
});

interface Pod {
  metadata: { labels: object; annotations: object };
  spec: { containers: Container[]; initContainers?: Container[]; volumes: { name: string }[] };
}
interface Container {
  name: string;
  env?: { name: string }[];
  ports?: { name: string; containerPort: number }[];
  volumeMounts?: { mountPath: string }[];
}

/** The pods of all stacks without a template of their own. */
const pods = Object.entries(representativeStacks())
  .filter(([name]) => name !== "fitted")
  .map(
    ([, manifests]) =>
      manifests.find(({ kind }) => kind === "StatefulSet") as unknown as { spec: { template: Pod } },
  )
  .map(({ spec }) => spec.template);
const containers = pods.flatMap(({ spec }) => spec.containers);
const forwarders = containers.filter(({ name }) => name === "forwarder");
const each = (names: Iterable<string>) => [...new Set(names)];

describe("every name that the pod has of its own cannot be given again:", () => {
  areRefused([
    ...each(containers.map(({ name }) => name)).map((name) =>
      wrong(`container ${name}`, sidecar({ name }), "sidecars[0].name", "forwarder's own"),
    ),
    ...each([...pods.flatMap(({ spec }) => spec.volumes.map(({ name }) => name)), "journal"]).map((name) =>
      wrong(`volume ${name}`, { volumes: [{ name, emptyDir: {} }] }, "volumes[0].name", "forwarder's own"),
    ),
    ...each(forwarders.flatMap(({ env = [] }) => env.map(({ name }) => name))).map((name) =>
      wrong(
        `variable ${name}`,
        { environment: { [name]: { value: "" } } },
        `environment.${name}`,
        "cannot be set",
      ),
    ),
    ...each(containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name))).map((name) =>
      wrong(`port ${name}`, sidecar({ ports: [{ name }] }), "sidecars[0].ports[0].name", "forwarder's own"),
    ),
    ...[
      ...new Set(containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort))),
    ].map((containerPort) =>
      wrong(
        `port ${containerPort}`,
        sidecar({ ports: [{ containerPort }] }),
        "sidecars[0].ports[0].containerPort",
        "forwarder's own",
      ),
    ),
    ...each(
      forwarders.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ mountPath }) => mountPath)),
    ).flatMap((folder) =>
      [folder, `${folder}/in`, "/"].map((mountPath) =>
        wrong(
          `folder ${mountPath} for ${folder}`,
          { volumes: [{ name: "a" }], volumeMounts: [{ name: "a", mountPath }] },
          "volumeMounts[0].mountPath",
          "forwarder's own",
        ),
      ),
    ),
    ...each(pods.flatMap(({ metadata }) => Object.keys(metadata.labels))).map((name) =>
      wrong(`label ${name}`, { labels: { [name]: "" } }, `labels.${name}`, "cannot be replaced"),
    ),
    ...each(pods.flatMap(({ metadata }) => Object.keys(metadata.annotations))).map((name) =>
      wrong(
        `annotation ${name}`,
        { annotations: { [name]: "" } },
        `annotations.${name}`,
        "cannot be replaced",
      ),
    ),
  ]);
});

describe("what comes later", () => {
  it("is taken as right until it is known", () => {
    const podTemplate = {
      labels: { team: later<string>() },
      volumes: [{ name: later<string>() }, later<object>(), { name: later<string>() }],
      volumeMounts: [{ name: "a", mountPath: later<string>() }],
      sidecars: [{ name: later<string>(), image: later<string>(), securityContext: later<object>() }],
      securityContext: { runAsUser: later<number>() },
    };
    expect(said({ podTemplate, namespace: undefined })).not.toContain("podTemplate");
  });

  it("is refused when it is known", () => {
    const runAsUser = later<number>();
    const name = later<string>();
    const podTemplate = { securityContext: { runAsUser }, volumes: [{ name }], priorityClassName: name };
    const problems = (input: unknown, value: unknown) =>
      problemsWith({ ...fitted, podTemplate }, input, value).map(({ path }) => path);
    expect(problems(runAsUser, 0)).toEqual(["podTemplate.securityContext.runAsUser"]);
    expect(problems(runAsUser, 1)).toEqual([]);
    expect(problems(name, "journal")).toEqual(["podTemplate.volumes[0].name"]);
    expect(problems(name, 1)).toEqual(["podTemplate.priorityClassName"]);
  });

  it("stays what it is when it is right", async () => {
    const podTemplate = { securityContext: { fsGroup: pulumi.output(1) }, schedulerName: "own" };
    const checked = checkedWorkload("Forwarder x", { ...fitted, podTemplate }).podTemplate;
    expect(checked?.schedulerName).toBe("own");
    const known = new Promise((resolve) => pulumi.output(checked).apply(resolve));
    expect(await known).toEqual({ securityContext: { fsGroup: 1 }, schedulerName: "own" });
  });
});
