import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { problemsWith } from "../../components/declaration/workload/checkedWorkload";
import { EventsReader } from "../../components/index";
import { amountOf } from "../../components/kubernetes/quantity";
import { minimal } from "./declarations";
import { areRefused, later, said } from "./refusal";

const limits = (amounts: Record<string, pulumi.Input<string>>) => ({ resources: { limits: amounts } });
const exporter = (type: string) => ({
  destinations: [{ name: "lake", collector: { exporter: { [type]: {} } } }],
});

describe("amounts that Kubernetes refuses, or with which the forwarder does not run, are refused:", () => {
  areRefused([
    ["no quantity", limits({ memory: "256 MB" }), "resources.limits.memory", "is no quantity"],
    [
      "a negative one",
      { collectorResources: { requests: { cpu: "-1" } } },
      "collectorResources.requests.cpu",
      "no quantity",
    ],
    ["a wrong unit", { storage: { size: "4gb" } }, "storage.size", "for example 4Gi"],
    ["an unknown resource", limits({ mem: "1Gi" }), "resources.limits.mem", "is no resource"],
    [
      "more set aside than allowed",
      { resources: { requests: { cpu: "2" }, limits: { cpu: "1500m" } } },
      "resources.requests.cpu",
      "more than the limit",
    ],
    [
      "more set aside by default than allowed",
      { collectorResources: { limits: { memory: "100Mi" } } },
      "collectorResources.limits.memory",
      "less than what is set aside (128Mi)",
    ],
    [
      "more set aside than the default allows",
      { resources: { requests: { memory: "1Gi" } } },
      "resources.requests.memory",
      "more than",
    ],
    ["memory for half a forwarder", limits({ memory: "191Mi" }), "resources.limits.memory", "at least 192Mi"],
    ["thousandths of bytes", limits({ memory: "256m" }), "resources.limits.memory", "raise it"],
  ]);

  it("and others are not", () => {
    const resources = {
      requests: { cpu: "0.5", memory: "2e8" },
      limits: { memory: "0.3G", "nvidia.com/gpu": "1" },
    };
    expect(said({ resources, namespace: undefined })).not.toContain("resources");
  });

  it("nor those that come later, until they are known", () => {
    const memory = later<string>();
    expect(said({ ...limits({ memory }), namespace: undefined })).not.toContain("resources");
    const paths = problemsWith({ ...minimal, ...limits({ memory }) }, memory, "128Mi").map(
      ({ path }) => path,
    );
    expect(paths).toEqual(["resources.limits.memory"]);
  });

  it.each([
    ["4Gi", 4 * 2 ** 30],
    ["500M", 5e8],
    ["50m", 0.05],
    ["2e3", 2000],
    ["1E", 1e18],
    ["1Ei", 2 ** 60],
    [".5", 0.5],
    ["4gb", undefined],
    ["", undefined],
  ])("%s is %s", (text, amount) => expect(amountOf(text)).toBe(amount));
});

describe("a scrape that the NetworkPolicy would shut out", () => {
  areRefused([
    [
      "is refused",
      { monitoring: { serviceMonitor: true } },
      "networkPolicy.metricsFrom",
      "say whose pods scrape",
    ],
    [
      "is refused with nobody",
      { monitoring: { serviceMonitor: true }, networkPolicy: { metricsFrom: [] } },
      "networkPolicy.metricsFrom",
      "is missing",
    ],
  ]);

  it.each([{ enabled: false }, { metricsFrom: [{}] }])("is let through with %j", (networkPolicy) => {
    expect(said({ monitoring: { serviceMonitor: true }, networkPolicy, namespace: undefined })).not.toContain(
      "metricsFrom",
    );
  });
});

describe("an exporter that the default Collector does not have", () => {
  const path = "destinations[0].collector.exporter";
  areRefused([
    [
      "is refused with the right name",
      exporter("splunkhec"),
      `${path}.splunkhec`,
      'did you mean "splunk_hec"?',
    ],
    ["is refused", exporter("loki"), `${path}.loki`, "name an image that has it with `collectorImage`"],
  ]);

  it("is left to an image of one's own", () => {
    expect(
      said({ ...exporter("loki"), collectorImage: "example.com/own:1", namespace: undefined }),
    ).not.toContain("loki");
  });
});

describe("a key whose time has passed", () => {
  afterEach(() => vi.restoreAllMocks());
  const past = { name: "old", expires: "2020-01-01T00:00:00Z" };
  const valid = { name: "new", expires: "2999-01-01T00:00:00Z" };

  areRefused([
    ["is refused when there is no other", { reader: { keys: [past] } }, "reader.keys", "have all expired"],
  ]);

  it("is a warning beside a valid one, and one that comes later may be valid", async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: () => ({}),
    });
    const warned = vi.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
    for (const key of [valid, { name: "later", expires: pulumi.output(valid.expires) }])
      new EventsReader(`reader-${key.name}`, { organizationId: "301", keys: [past, key] });
    await pulumi.runtime.disconnect();
    expect(warned.mock.calls.map(([message]) => message)).toEqual([
      expect.stringContaining("EventsReader reader-new: keys[0].expires has passed"),
      expect.stringContaining("EventsReader reader-later: keys[0].expires has passed"),
    ]);
  });
});
