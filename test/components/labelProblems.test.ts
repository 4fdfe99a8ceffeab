import { describe, expect, it } from "vitest";
import { fitted } from "./declarations";
import { areRefused, later, said, type Wrong } from "./refusal";
import { manifestsOf } from "./representativeStacks";

const own = ["name", "instance", "component", "part-of", "managed-by"].map(
  (name) => `app.kubernetes.io/${name}`,
);
const long = "a".repeat(64);

describe("labels and annotations that Kubernetes or the forwarder cannot do with are refused:", () => {
  areRefused([
    ...own.flatMap((name): Wrong[] => [
      [name, { labels: { [name]: "x" } }, `labels.${name}`, "cannot be replaced"],
      [
        `${name} of monitoring`,
        { monitoring: { labels: { [name]: "x" } } },
        `monitoring.labels.${name}`,
        "cannot be",
      ],
    ]),
    [
      "the namespace's level",
      { labels: { "pod-security.kubernetes.io/enforce": "" } },
      "labels.pod-security.kubernetes.io/enforce",
      "cannot be",
    ],
    [
      "an annotation of ours",
      { annotations: { "zitadel-siem/x": "" } },
      "annotations.zitadel-siem/x",
      "cannot be",
    ],
    ["a key", { labels: { "a b": "x" } }, "labels", "has a name that must be at most 63 letters"],
    ["a long key", { labels: { [long]: "x" } }, "labels", "at most 63 letters"],
    ["a key's domain", { annotations: { "A_B/c": "x" } }, "annotations", "a domain and '/'"],
    ["a value", { labels: { team: "two words" } }, "labels.team", "is no value of a label"],
    ["a long value", { podTemplate: { labels: { team: long } } }, "podTemplate.labels.team", "at most 63"],
    [
      "a node's label",
      { podTemplate: { nodeSelector: { pool: "a/b" } } },
      "podTemplate.nodeSelector.pool",
      "at most 63",
    ],
    ["a map that comes later", { labels: later<object>() }, "labels", "must be known at preview"],
    ["a namespace", { namespace: "Audit Log" }, "namespace", "lower-case letters"],
    ["a long namespace", { namespace: long }, "namespace", "1 to 63"],
    ["an account's name", { serviceAccount: { name: "Audit" } }, "serviceAccount.name", "lower-case letters"],
    ["a pull secret's name", { imagePullSecrets: ["a_b"] }, "imagePullSecrets[0]", "lower-case letters"],
  ]);

  it("and others are not", () => {
    const labels = { "example.com/cost-centre": "4711", team: "", "A_b.c-d": later<string>() };
    expect(said({ labels, annotations: { note: "Any text, at any length." }, events: [] })).not.toMatch(
      /labels|annotations/,
    );
  });
});

interface Metadata {
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

it("everything has the declared labels and annotations, and nothing is selected by them", () => {
  const manifests = manifestsOf({ ...fitted, monitoring: { serviceMonitor: true, prometheusRule: true } });
  const [label] = Object.entries(fitted.labels!);
  const [annotation] = Object.entries(fitted.annotations!);
  for (const { kind, metadata } of manifests as unknown as { kind: string; metadata: Metadata }[]) {
    expect(metadata.labels[label![0]], `${kind} ${metadata.name}`).toBe(label![1]);
    expect(metadata.annotations[annotation![0]], `${kind} ${metadata.name}`).toBe(annotation![1]);
  }
  const selectors = JSON.stringify(manifests).match(/"(?:matchLabels|selector)":\{[^{}]*\}/g)!;
  expect(selectors.length).toBeGreaterThan(5);
  for (const selector of selectors) expect(selector).not.toContain(label![0]);
});
