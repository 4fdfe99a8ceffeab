import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Say } from "../pulumi/ensurePulumi";
import { buildGoProgram } from "../pulumi/goProgram";

/**
 * The program that writes the SDK of a package for Go from its schema (`<schema> <folder>`), with Pulumi's own
 * generator: `pulumi package gen-sdk --language go` needs Pulumi's language host for Go, which builds from no module
 * that proxies serve. Gives the executable's absolute path. What it shares with the engine is compiled once.
 */
export function ensureGoSdkGenerator(say: Say): Promise<string> {
  const source = readFileSync(join(__dirname, "main.go"));
  return buildGoProgram(
    {
      what: "the generator of SDKs for Go",
      name: "pulumi-go-sdk",
      version: createHash("sha256").update(source).digest("hex").slice(0, 12),
      module: __dirname,
      package: ".",
      variables: {},
      expectation: "about twenty seconds on two cores beside the engine",
      otherwise: "Without it the SDK for Go is not tested.",
    },
    say,
  );
}
