import { defineConfig } from "vitest/config";

/**
 * Six stages, from what needs nothing to what needs the most. `npm test` prepares the tools of a stage (the engine of
 * Actions, the Pulumi engine, the Collector, the cluster) while others run; tools/test.ts says which run side by side.
 */
const stages = {
  /** Pure functions, single parts, and parts against the ZITADEL stand-in: no tool beyond Node. */
  unit: {
    include: ["test/{contract,forwarder,standin,sdk,components,plugins,tools}/**/*.test.ts"],
    exclude: ["test/plugins/kubernetes*.test.ts"],
  },
  /** What runs inside ZITADEL, in the engine that ZITADEL runs it in. */
  actions: { include: ["test/actions/**/*.test.ts"] },
  /** Programs under the real Pulumi engine, and the bench at its smallest. */
  engine: { include: ["test/{engine,start,bench}/**/*.test.ts"] },
  /** Against the API server and node of a real Kubernetes. */
  cluster: {
    include: ["test/plugins/kubernetes*.test.ts", "test/cluster/**/*.test.ts"],
    globalSetup: "test/cluster/hold.ts",
  },
  /** Destinations against servers that are not ours: an OpenTelemetry Collector, an OpenSearch and others. */
  destinations: { include: ["test/destinations/**/*.test.ts"], fileParallelism: false },
  /** The whole forwarder under faults: nothing lost, nothing leaked. */
  completeness: { include: ["test/completeness/**/*.test.ts"] },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    maxConcurrency: 2,
    projects: Object.entries(stages).map(([name, stage]) => ({
      test: { name, testTimeout: name === "unit" ? 60_000 : 900_000, hookTimeout: 900_000, ...stage },
    })),
  },
});
