import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { Facts } from "../../tools/zitadel-sdk/facts";
import {
  checkedInFacts,
  generateZitadelSdk,
  readFacts,
  zitadelSdkFiles,
} from "../../tools/zitadel-sdk/generate";
import { type OfficialPackage, officialPackage } from "./officialPackage";
import { planOf } from "./plan";
import { type RecordedRequest, RecordingEngine } from "./recordingEngine";

const run = promisify(execFile);
const facts = JSON.parse(checkedInFacts()) as Facts;
const plan = planOf(facts);
const sdk = join(__dirname, "../../sdks/zitadel");

describe("the package is what schema.json says", () => {
  it("holds nothing that was edited by hand, and no file besides", () => {
    expect(generateZitadelSdk({ check: true })).toEqual([]);
    const generated = zitadelSdkFiles().map(({ path }) => path);
    const present = readdirSync(sdk).filter((name) => name.endsWith(".ts"));
    expect(present.map((name) => join(sdk, name)).sort()).toEqual(generated.sort());
  });

  it("holds no file that Node would take a package.json for", () => {
    // Where TypeScript is loaded as it is, `require("./package")` finds package.json before package.ts.
    expect(readdirSync(sdk).filter((name) => /^package\.[cm]?[jt]s$/.test(name))).toEqual([]);
  });

  it("names the plugin in its package.json, where the engine's tools look", async () => {
    const { version, pulumi } = (await import("../../sdks/zitadel/package.json")).default;
    expect({ version, pulumi }).toEqual({
      version: facts.version,
      pulumi: {
        resource: true,
        name: facts.name,
        version: facts.version,
        server: facts.pluginDownloadURL,
      },
    });
  });
});

describe("the engine cannot tell the package from the official one", () => {
  let official: OfficialPackage;
  let ours: RecordedRequest[];
  let theirs: RecordedRequest[];

  beforeAll(async () => {
    official = await officialPackage();
    [ours, theirs] = await Promise.all([recordOurs(), recordTheirs(official.python)]);
  }, 300_000);

  it("has the facts of the official wheel in schema.json", () => {
    expect(checkedInFacts()).toBe(readFacts(official.wheel));
  });

  it("sends the same requests, field by field", () => {
    expect(comparable(ours)).toEqual(comparable(theirs));
  });

  it("compares requests that carry what must be equal", () => {
    const of = (name: string) => theirs.find((request) => request.name === name)?.message;
    expect(of("MachineKey with all")).toMatchObject({
      type: "zitadel:index/machineKey:MachineKey",
      version: "0.2.0",
      plugindownloadurl: "github://api.github.com/pulumiverse",
      additionalsecretoutputsList: ["keyDetails"],
      object: { userId: "a value of userId" },
    });
    expect(of("Provider with all")).toMatchObject({ type: "pulumi:providers:zitadel", version: "0.2.0" });
    expect(of("configured")).toMatchObject({ object: { insecure: "true", port: "the port" } });
    expect(of("zitadel:index/getTriggerActions:getTriggerActions")).toMatchObject({ version: "0.2.0" });
    expect(of("Action without script")).toBeUndefined();
    expect(of("Action without name")).toBeDefined();
    expect(JSON.stringify(of("Action with secrets"))).toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(theirs.filter((request) => request.method === "Invoke")).toHaveLength(4);
  });

  it("looks resources up with all that a registration carries", () => {
    for (const { name, token, outputs, secretOutputs } of facts.resources) {
      const lookup = ours.find((request) => request.name === `${name} looked up`);
      expect(lookup).toMatchObject({
        method: "ReadResource",
        message: {
          type: token,
          id: "111111111111111111",
          version: facts.version,
          plugindownloadurl: facts.pluginDownloadURL,
          properties: Object.fromEntries(outputs.map((output) => [output.name, expect.anything()])),
          ...(secretOutputs.length > 0 && { additionalsecretoutputsList: secretOutputs }),
        },
      });
    }
  });
});

/** What the two languages' runtimes say about themselves, whatever package they run. */
const ofTheRuntime = [
  "acceptsecrets",
  "acceptresources",
  "supportspartialvalues",
  "supportsresultreporting",
  "remote",
  "aliasspecs",
  "sourceposition",
  "stacktrace",
  "parentstacktracehandle",
];

/**
 * By method and name, without lookups: `get` of the official Python package raises a TypeError for every class with
 * a required argument, so that there is nothing to compare with. And in the order of their contents where a function is asked more than once. */
function comparable(requests: RecordedRequest[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { method, name, message } of requests) {
    if (message.type !== "pulumi:pulumi:Stack" && method !== "ReadResource") {
      const fields = Object.entries(message).filter(([field]) => !ofTheRuntime.includes(field));
      found[`${method} ${name}`] ??= [];
      found[`${method} ${name}`]!.push(JSON.stringify(sorted(Object.fromEntries(fields)), null, 2));
      found[`${method} ${name}`]!.sort();
    }
  }
  return found;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (value && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, field]) => [key, sorted(field)]),
    );
  }
  return value;
}

function recordOurs(): Promise<RecordedRequest[]> {
  const runner = require.resolve("@pulumi/pulumi/cmd/run");
  const program = join(__dirname, "program.ts");
  const context = ["--project=project", "--stack=stack", `--pwd=${__dirname}`];
  return record((address) =>
    run(
      process.execPath,
      ["--import=tsx", runner, ...context, `--monitor=${address}`, `--engine=${address}`, program],
      { env: environment() },
    ),
  );
}

function recordTheirs(python: string): Promise<RecordedRequest[]> {
  return record((address) => run(python, [join(__dirname, "program.py"), address], { env: environment() }));
}

async function record(program: (address: string) => Promise<unknown>): Promise<RecordedRequest[]> {
  const engine = await RecordingEngine.start();
  try {
    await program(engine.address);
  } finally {
    engine.stop();
  }
  expect(engine.errors).toEqual([]);
  return engine.requests;
}

function environment(): NodeJS.ProcessEnv {
  const config = Object.fromEntries(
    facts.config.map(({ name, type }) => [`zitadel:${name}`, type === "boolean" ? "true" : `the ${name}`]),
  );
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PLAN: JSON.stringify(plan),
    PULUMI_CONFIG: JSON.stringify(config),
  };
}
