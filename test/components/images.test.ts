import { describe, expect, it } from "vitest";
import { forwarderImage } from "../../components/kubernetes/images";
import { fitted } from "./declarations";
import { areRefused, said } from "./refusal";
import { type Manifest, manifestsOf } from "./representativeStacks";

const digest = `sha256:${"a".repeat(64)}`;
const imageRegistry = "registry.example.com/hub";

describe("a registry in place of Docker Hub", () => {
  it.each([
    ["docker.io/library/node:24", `${imageRegistry}/library/node:24`],
    ["docker.io/node:24", `${imageRegistry}/library/node:24`],
    ["index.docker.io/otel/collector", `${imageRegistry}/otel/collector`],
    ["node:24", `${imageRegistry}/library/node:24`],
    [`node@${digest}`, `${imageRegistry}/library/node@${digest}`],
    ["otel/collector:1", `${imageRegistry}/otel/collector:1`],
    ["ghcr.io/example/forwarder:1", "ghcr.io/example/forwarder:1"],
    ["localhost/forwarder", "localhost/forwarder"],
    ["registry:5000/forwarder", "registry:5000/forwarder"],
  ])("%s is %s", (image, mirrored) => expect(forwarderImage({ image, imageRegistry })).toBe(mirrored));

  it("serves both images, and each container's pull policy is the declared one", () => {
    const { spec } = manifestsOf(fitted).find(({ kind }) => kind === "StatefulSet") as unknown as Manifest & {
      spec: {
        template: {
          spec: Record<"containers" | "initContainers", { image: string; imagePullPolicy: string }[]>;
        };
      };
    };
    const { containers, initContainers } = spec.template.spec;
    expect(containers.map(({ image }) => image)).toEqual([
      expect.stringMatching(/^registry\.example\.com\/docker-hub\/library\/node:/),
      expect.stringMatching(/^registry\.example\.com\/docker-hub\/otel\//),
      "registry.example.com/agent:1",
    ]);
    for (const { imagePullPolicy } of [...containers, ...initContainers])
      expect(imagePullPolicy).toBe("Always");
  });
});

const form = "is no image: write it as";

describe("what is no image is refused:", () => {
  areRefused([
    ["a URL", { image: "https://example.com/forwarder" }, "image", form],
    ["capitals", { nodeImage: "docker.io/Library/node" }, "nodeImage", form],
    ["a short digest", { image: "example.com/forwarder@sha256:4bd3" }, "image", "all 64 digits"],
    ["two tags", { collectorImage: "otel/collector:1:2" }, "collectorImage", form],
    ["a blank", { nodeImage: "node 24" }, "nodeImage", form],
    ["a registry as a URL", { imageRegistry: "https://example.com" }, "imageRegistry", "is no registry"],
    ["a registry with a slash", { imageRegistry: "example.com/" }, "imageRegistry", "without '/' at its end"],
    ["a policy", { imagePullPolicy: "Sometimes" }, "imagePullPolicy", '"Always", "IfNotPresent", "Never"'],
  ]);

  it("and others are not", () => {
    const images = {
      image: `[::1]:5000/a__b/c-d.e:v1@${digest}`,
      nodeImage: "node",
      imageRegistry: "a:5000/b/c",
    };
    expect(said({ ...images, namespace: undefined })).not.toMatch(/image/i);
  });
});

it("a cluster that assigns user ids gets pods without any, as Pod Security restricted takes them", () => {
  const { spec } = manifestsOf(fitted).find(({ kind }) => kind === "StatefulSet") as unknown as {
    spec: { template: { spec: { securityContext: object } } };
  };
  expect(spec.template.spec.securityContext).toEqual({
    runAsNonRoot: true,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
    supplementalGroups: [3000],
  });
});
