import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPlugin } from "../../tools/plugin/buildPlugin";
import {
  type PackageSchema,
  type PropertySchema,
  readComponentSchema,
  readPluginSchema,
} from "./componentSchema";
import { expectGolden } from "./golden";
import { type PublishedPackage, publishAndInstall } from "./publishedPackage";

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
      ]),
    );
    expect(published.files).not.toContain("Pulumi.yaml");
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
