import { describe, expect, it } from "vitest";
import { listeningPorts, planContainer, type Surroundings } from "../../local/workload/containerPlan";
import { restartDelay } from "../../local/workload/containerProcess";
import type { Container } from "../../local/workload/manifests";

const surroundings: Surroundings = {
  node: "/opt/node24/bin/node",
  path: "/usr/bin",
  volumes: { code: "/run/code", secrets: "/run/secrets", journal: "/run/journal", tmp: "/run/tmp" },
  freePorts: new Map([
    [8081, 40001],
    [8082, 40002],
  ]),
  clusterPorts: new Map([["app-1.app.siem.svc:8081", 40001]]),
  apiServer: "http://127.0.0.1:40000",
  fields: { "metadata.name": "soc-0" },
  read: (kind, name, key) => (name === "known" ? `${kind} ${key}` : undefined),
};

const container = (given: Partial<Container>): Container => ({
  name: "forwarder",
  command: ["node"],
  ...given,
});

describe("a container's manifest as a process of this machine", () => {
  it("takes this machine's Node for the image's, also where the image's entry point is used", () => {
    expect(planContainer(container({ command: ["/usr/local/bin/node", "a.js"] }), surroundings).file).toBe(
      "/opt/node24/bin/node",
    );
    const plan = planContainer({ name: "forwarder", args: ["a.js", "--x"] }, surroundings);
    expect([plan.file, ...plan.args]).toEqual(["/opt/node24/bin/node", "a.js", "--x"]);
    expect(() => planContainer(container({ command: ["/collector"] }), surroundings)).toThrow(
      "container forwarder runs /collector",
    );
  });

  it("leads the names of Services and pods to this machine, and no other address", () => {
    const { args } = planContainer(
      container({
        args: ["http://app-0.app.siem.svc:8081,http://app-1.app.siem.svc:8081/", "http://app.example.com"],
      }),
      surroundings,
    );
    expect(args).toEqual([
      "http://app-0.app.siem.svc:8081,http://127.0.0.1:40001/",
      "http://app.example.com",
    ]);
  });

  it("puts folders in the place of mounts, the innermost first, and touches no other path", () => {
    const { args } = planContainer(
      container({
        args: [
          "/opt/app/forwarder.cjs",
          "--secrets=/var/run/app",
          "/var/run/app/journal/db",
          "/var/run/apple",
          "/opt/app.old",
          "readFile('/tmp/x')",
          "https://example.com/tmp/x",
        ],
        volumeMounts: [
          { name: "code", mountPath: "/opt/app" },
          { name: "secrets", mountPath: "/var/run/app/" },
          { name: "journal", mountPath: "/var/run/app/journal", subPath: "data" },
          { name: "tmp", mountPath: "/tmp" },
        ],
      }),
      surroundings,
    );
    expect(args).toEqual([
      "/run/code/forwarder.cjs",
      "--secrets=/run/secrets",
      "/run/journal/data/db",
      "/var/run/apple",
      "/opt/app.old",
      "readFile('/run/tmp/x')",
      "https://example.com/tmp/x",
    ]);
  });

  it("moves listening addresses to free ports of loopback and leaves other addresses alone", () => {
    const declared = container({
      args: [
        "--health",
        "0.0.0.0:8081",
        "--status=127.0.0.1:8082",
        "http://127.0.0.1:8081/x",
        "10.0.0.1:8081",
      ],
      ports: [{ name: "health", containerPort: 8081 }],
    });
    expect(listeningPorts(declared)).toEqual([8081, 8082]);
    const plan = planContainer(declared, surroundings);
    expect(plan.args).toEqual([
      "--health",
      "127.0.0.1:40001",
      "--status=127.0.0.1:40002",
      "http://127.0.0.1:8081/x",
      "10.0.0.1:8081",
    ]);
    expect(plan.ports.get("health")).toBe(40001);
  });

  it("puts the run's address in the place of the API server's and of no other host", () => {
    const { args } = planContainer(
      container({
        args: ["https://kubernetes.default.svc/api/v1", "https://kubernetes.default.svc.example.com/"],
      }),
      surroundings,
    );
    expect(args).toEqual(["http://127.0.0.1:40000/api/v1", "https://kubernetes.default.svc.example.com/"]);
  });

  it("resolves environment variables and refers to them in arguments", () => {
    const { args, env } = planContainer(
      container({
        args: ["$(POD)/$(PASSWORD)", "$$(POD)", "$(UNKNOWN)"],
        env: [
          { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "known", key: "password" } } },
          { name: "BOTH", value: "$(POD)!" },
          { name: "NONE", valueFrom: { secretKeyRef: { name: "unknown", key: "x", optional: true } } },
        ],
      }),
      surroundings,
    );
    expect(args).toEqual(["soc-0/Secret password", "$(POD)", "$(UNKNOWN)"]);
    expect(env).toEqual({ PATH: "/usr/bin", POD: "soc-0", PASSWORD: "Secret password", BOTH: "soc-0!" });
    const missing = { name: "X", valueFrom: { secretKeyRef: { name: "unknown", key: "x" } } };
    expect(() => planContainer(container({ env: [missing] }), surroundings)).toThrow("x of unknown");
  });

  it("fills in Kubernetes' defaults of probes and refuses kinds of probe that it does not know", () => {
    const ports = [{ name: "health", containerPort: 8081 }];
    const { probes } = planContainer(
      container({ ports, readinessProbe: { httpGet: { path: "/readyz", port: "health" } } }),
      surroundings,
    );
    expect(probes).toEqual({
      readiness: {
        url: "http://127.0.0.1:40001/readyz",
        initialDelay: 0,
        period: 10_000,
        timeout: 1_000,
        successThreshold: 1,
        failureThreshold: 3,
      },
    });
    expect(() => planContainer(container({ ports, livenessProbe: {} }), surroundings)).toThrow(
      "httpGet only",
    );
  });

  it("waits before restarts as kubelet does", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 20].map(restartDelay)).toEqual([
      0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000,
    ]);
  });
});
