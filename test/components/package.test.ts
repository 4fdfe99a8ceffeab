import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPlugin } from "../../tools/plugin/buildPlugin";
import { bundledPackages, thirdPartyNotices } from "../../tools/thirdPartyNotices";
import {
  type PackageSchema,
  type PropertySchema,
  readComponentSchema,
  readPluginSchema,
} from "./componentSchema";
import { expectGolden } from "./golden";
import { type PublishedPackage, publishAndInstall } from "./publishedPackage";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-package-"));
let published: PublishedPackage;
beforeAll(async () => {
  published = await publishAndInstall(folder);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the published package", () => {
  it("holds the forwarder, the compiled components and what other languages need", () => {
    expect(published.files).toEqual(
      expect.arrayContaining([
        "dist/forwarder.cjs",
        "dist/components/index.js",
        "dist/components/index.d.ts",
        "dist/components/plugin.js",
        "dist/schema.json",
        "actions/loginAction.js",
        "PulumiPlugin.yaml",
        "dist/contract/index.js",
        "LICENSE",
        "README.md",
      ]),
    );
    expect(published.files).not.toContain("Pulumi.yaml");
  });

  it("has the project's licence, and those of what the forwarder's bundle holds", async () => {
    expect(published.read("LICENSE")).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: ["forwarder/main.ts"],
      bundle: true,
      platform: "node",
      metafile: true,
      write: false,
      outdir: "nowhere",
      logLevel: "error",
    });
    const bundled = [...bundledPackages(root, Object.keys(metafile.inputs)).keys()].map((path) =>
      path.replace(/^.*node_modules\//, ""),
    );
    console.log(`bundled: ${bundled.join(", ")}`);
    expect(bundled.length).toBeGreaterThan(3);
    const notices = published.read("dist/THIRD-PARTY-NOTICES.txt");
    for (const name of bundled)
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\S* \\(.+\\)$`, "m"));
    expect(notices).not.toContain(root);
  });

  it("a package without a licence is not bundled", () => {
    const bare = join(folder, "node_modules", "bare");
    mkdirSync(bare, { recursive: true });
    writeFileSync(join(bare, "package.json"), '{ "name": "bare", "version": "1.0.0" }');
    expect(() => thirdPartyNotices(folder, ["node_modules/bare/index.js"])).toThrow(
      "bare is bundled and has no licence",
    );
  });

  it("refers to nothing of this repository", () => {
    expect(published.files.filter((file) => /(^|\/)(sdks|test|node_modules)\//.test(file))).toEqual([]);
    const { dependencies } = JSON.parse(published.read("package.json"));
    for (const range of Object.values(dependencies)) expect(range).toMatch(/^[\^~]?\d/);
    for (const file of published.files.filter((name) => /\.(js|ts)$/.test(name)))
      expect(published.read(file), file).not.toMatch(/(from|require\()\s*["'](file:|workspace:|.*sdks\/)/);
  });

  it("can be required in an empty project, and finds its forwarder", () => {
    const program = `
      const { AuditLogStream, EventsReader, Forwarder } = require("zitadel-siem");
      const { readBundle } = require("zitadel-siem/dist/components/kubernetes/bundle.js");
      console.log(JSON.stringify([AuditLogStream.name, EventsReader.name, Forwarder.name, readBundle().text.length]));`;
    const output = execFileSync(process.execPath, ["-e", program], {
      cwd: published.project,
      encoding: "utf8",
    });
    expect(JSON.parse(output)).toEqual([
      "AuditLogStream",
      "EventsReader",
      "Forwarder",
      published.read("dist/forwarder.cjs").length,
    ]);
  });
});

describe("the schema for other languages", () => {
  let schema: PackageSchema;
  beforeAll(async () => {
    schema = await readComponentSchema(published.folder, published.project);
  }, 120_000);

  it("is as reviewed", () => expectGolden("schema", schema));

  it("is the same from the plugin, which needs nothing but Node", async () => {
    const plugin = join(folder, "plugin");
    await buildPlugin(published.folder, plugin);
    expectGolden("schema", await readPluginSchema([join(plugin, "pulumi-resource-zitadel-siem")], plugin));
  }, 60_000);

  it("documents every property", () => {
    const undocumented = (owner: string, properties: Record<string, PropertySchema> = {}) =>
      Object.entries(properties).flatMap(([name, { description }]) =>
        description ? [] : [`${owner}.${name}`],
      );
    expect([
      ...Object.entries(schema.resources).flatMap(([name, one]) => [
        ...undocumented(name, one.inputProperties),
        ...undocumented(name, one.properties),
      ]),
      ...Object.entries(schema.types).flatMap(([name, { properties }]) => undocumented(name, properties)),
    ]).toEqual([]);
  });
});
