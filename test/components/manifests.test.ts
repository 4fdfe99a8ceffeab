import { describe, expect, it } from "vitest";
import type { LoginWebhook } from "../../components/arguments";
import { bundleOf } from "../../components/kubernetes/bundle";
import { bundleConfigMap } from "../../components/kubernetes/configMaps";
import { webhookUrl } from "../../components/kubernetes/webhooks";
import { existingSecrets } from "./declarations";
import { expectGolden } from "./golden";
import { type Manifest, manifestsOf, representativeStacks } from "./representativeStacks";

interface PodTemplate {
  spec: {
    automountServiceAccountToken: boolean;
    securityContext: Record<string, unknown>;
    containers: Container[];
    initContainers?: Container[];
    volumes: { name: string; projected?: { sources: { secret?: { name: string } }[] } }[];
  };
}

interface Container {
  name: string;
  args: string[];
  securityContext: Record<string, unknown>;
  volumeMounts: { name: string; readOnly?: boolean }[];
}

type Claim = Manifest & { spec: object };

const one = <T = { spec: Record<string, never> }>(manifests: Manifest[], kind: string) =>
  manifests.find((manifest) => manifest.kind === kind) as unknown as T;
const podOf = (manifests: Manifest[]) =>
  one<{ spec: { template: PodTemplate } }>(manifests, "StatefulSet").spec.template;

describe("manifests", () => {
  const stacks = representativeStacks();

  for (const [name, manifests] of Object.entries(stacks))
    it(`of the stack ${name} are as reviewed`, () => expectGolden(name, manifests));

  it("name each object once for its kind", () => {
    for (const manifests of Object.values(stacks)) {
      const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("keep to the Pod Security level restricted, with a read-only root", () => {
    for (const manifests of Object.values(stacks)) {
      const pod = podOf(manifests).spec;
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
      for (const { name, securityContext } of [...pod.containers, ...(pod.initContainers ?? [])])
        if (["forwarder", "collector"].includes(name))
          expect(securityContext).toEqual({ ...restricted, readOnlyRootFilesystem: true });
        else expect(securityContext).toMatchObject(restricted);
    }
  });

  it.each(["minimal", "everything"])("give the claim that the StatefulSet of %s adopts", (name) => {
    const manifests = stacks[name]!;
    const { metadata, spec } = one<Manifest & { spec: { volumeClaimTemplates: Claim[] } }>(
      manifests,
      "StatefulSet",
    );
    const [template] = spec.volumeClaimTemplates;
    const adopted = manifests.find(
      (one) => one.metadata.name === `${template!.metadata.name}-${metadata.name}-0`,
    );
    expect(adopted?.kind).toBe("PersistentVolumeClaim");
    expect((adopted as Claim).spec, "the template would make the same").toEqual(template!.spec);
  });

  it("give every replica a claim, and the further ones to the first, with which they go", () => {
    const claims = stacks.everything!.filter(({ kind }) => kind === "PersistentVolumeClaim");
    expect(claims.map(({ metadata }) => metadata.name)).toEqual([
      "journal-audit-trail-0",
      "journal-audit-trail-1",
      "journal-audit-trail-2",
    ]);
    const owners = claims.map(({ metadata }) => (metadata as { ownerReferences?: object[] }).ownerReferences);
    const first = { kind: "PersistentVolumeClaim", name: "journal-audit-trail-0" };
    expect(owners).toEqual([undefined, [expect.objectContaining(first)], [expect.objectContaining(first)]]);
  });

  it("open nothing to a Service with an address, an Ingress or a route but the path of login records", () => {
    for (const manifests of [stacks.everything!, stacks.logins!, stacks.gateway!]) {
      const services = manifests.filter(({ kind }) => kind === "Service") as unknown as {
        spec: { clusterIP?: string; ports: { targetPort: string }[] };
      }[];
      const reached = services.filter(({ spec }) => spec.clusterIP !== "None");
      expect(reached.map(({ spec }) => spec.ports.map(({ targetPort }) => targetPort))).toEqual([
        ["webhooks"],
      ]);
    }
    const paths = JSON.stringify([one(stacks.everything!, "Ingress"), one(stacks.gateway!, "HTTPRoute")]);
    expect(paths.match(/"(?:path|value)":"[^"]*"/g)).toEqual(['"path":"/logins"', '"value":"/logins"']);
  });

  it("say nothing of webhooks, replicas or other namespaces without logins", () => {
    const text = JSON.stringify([stacks.minimal, stacks.existingSecrets]);
    expect(text).not.toMatch(/webhook|POD_NAME|--peers|PodDisruptionBudget|pods\/log/);
  });

  it("let the pod get and patch its checkpoint, and nothing else", () => {
    const { rules } = one<{ rules: object[] }>(stacks.minimal!, "Role");
    expect(rules).toEqual([
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["audit-log-checkpoint"],
        verbs: ["get", "patch"],
      },
    ]);
    const [container] = podOf(stacks.minimal!).spec.containers;
    expect(container!.args).toContain(
      "https://kubernetes.default.svc/api/v1/namespaces/audit/configmaps/audit-log-checkpoint",
    );
  });

  it("hold no Secret and no credential when every credential is in an existing Secret", () => {
    const manifests = stacks.existingSecrets!;
    expect(one(manifests, "Secret")).toBeUndefined();
    const secrets = podOf(manifests).spec.volumes.find(({ name }) => name === "secrets")!;
    expect(secrets.projected!.sources.map(({ secret }) => secret!.name)).toEqual([
      "zitadel-reader",
      "company-ca",
      "soc-client",
      "soc-client",
      "soc",
      "soc",
      "soc",
    ]);
  });

  it("have ZITADEL call over HTTPS where the pods have a certificate of their own", async () => {
    const workload = { name: "audit-log", namespace: "audit" };
    const urlOf = (webhook: LoginWebhook) =>
      new Promise((resolve) => webhookUrl(workload, webhook).apply(resolve));
    expect(await urlOf({})).toBe("http://audit-log-webhooks.audit.svc/logins");
    expect(await urlOf({ tlsSecretName: "own" })).toBe("https://audit-log-webhooks.audit.svc/logins");
    expect(await urlOf({ tlsSecretName: "own", ingress: { host: "logins.example.com" } })).toBe(
      "https://logins.example.com/logins",
    );
  });

  it("are the same for the same declaration", () => {
    expect(manifestsOf(existingSecrets)).toEqual(manifestsOf(existingSecrets));
  });

  it("give another bundle another name, and another object", () => {
    const workload = { name: "audit-log", namespace: "audit" };
    const [before, after] = ["// 1", "// 2"].map((text) => bundleConfigMap(workload, bundleOf(text)));
    expect(before).toMatchObject({ immutable: true });
    expect(before!.metadata.name).toMatch(/^audit-log-bundle-[0-9a-f]{10}$/);
    expect(after!.metadata.name).not.toBe(before!.metadata.name);
  });
});
