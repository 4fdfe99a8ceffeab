import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { buildGoProgram } from "./goProgram";

/**
 * The oldest engine that is taken from PATH: the first that tells whether an object exists, without which the component
 * creates no namespace.
 */
const OLDEST_ENGINE = [3, 270, 0] as const;

/** The engine that is built where none is on PATH; the newest that the Go module proxies serve everywhere. */
const ENGINE_VERSION = "3.276.0";
const YAML_VERSION = "1.38.1";

export interface PulumiEngine {
  /** Absolute path of the executable. */
  command: string;
  /** Without a leading `v`. */
  version: string;
  from: "PATH" | "source";
}

/** Says one line to the person at the terminal. */
export type Say = (line: string) => void;

/**
 * The real Pulumi engine: the `pulumi` on PATH where there is one that is new enough, else one built from
 * its Go module (about 5 minutes on two cores the first time, then kept in the cache folder).
 * Throws an error for the person at the terminal when there is neither `pulumi` nor Go.
 */
export async function ensurePulumi(say: Say): Promise<PulumiEngine> {
  const found = findOnPath("pulumi");
  if (found !== undefined) {
    const version = versionOf(found);
    if (version !== undefined && isNewEnough(version)) return { command: found, version, from: "PATH" };
    say(
      `${found} is ${version ?? "of unknown version"}, older than ${OLDEST_ENGINE.join(".")}: using an engine built from source instead`,
    );
  }
  const command = await buildGoProgram(
    {
      what: "the Pulumi engine",
      name: "pulumi",
      version: ENGINE_VERSION,
      module: __dirname,
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      variables: {
        "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${ENGINE_VERSION}`,
      },
      expectation: "about 5 minutes on two cores",
      otherwise: "Or install Pulumi, so that `pulumi` is on PATH: https://www.pulumi.com/docs/install/",
    },
    say,
  );
  return { command, version: ENGINE_VERSION, from: "source" };
}

/** The folder with `pulumi-language-yaml`, which the engine needs for programs written in YAML. */
export async function ensureYamlLanguage(say: Say): Promise<string> {
  const found = findOnPath("pulumi-language-yaml");
  if (found !== undefined) return join(found, "..");
  const command = await buildGoProgram(
    {
      what: "Pulumi's YAML language",
      name: "pulumi-language-yaml",
      version: YAML_VERSION,
      module: join(__dirname, "..", "pulumi-yaml"),
      package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      variables: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": `v${YAML_VERSION}` },
      expectation: "about a minute and a half on two cores",
      otherwise: "Or install Pulumi, which brings it: https://www.pulumi.com/docs/install/",
    },
    say,
  );
  return join(command, "..");
}

/** The first executable of that name on PATH. */
export function findOnPath(name: string, path = process.env.PATH ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Asked with an empty environment and a home of its own: an answer must not depend on, nor touch, a login. */
function versionOf(command: string): string | undefined {
  const home = mkdtempSync(join(tmpdir(), "zitadel-siem-version-"));
  try {
    const { stdout } = spawnSync(command, ["version"], {
      env: { PATH: process.env.PATH, HOME: home, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
      encoding: "utf8",
      timeout: 30_000,
    });
    return /^v?(\d+\.\d+\.\d+)/.exec(stdout?.trim() ?? "")?.[1];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Whether an engine's version (`3.259.0`) is at least the oldest that is used. */
export function isNewEnough(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, oldest] of OLDEST_ENGINE.entries()) {
    if (parts[index] !== oldest) return (parts[index] ?? 0) > oldest;
  }
  return true;
}

async function main(): Promise<void> {
  const say: Say = (line) => console.log(line);
  const engine = await ensurePulumi(say);
  say(`the Pulumi engine ${engine.version}: ${engine.command}`);
  say(`Pulumi's YAML language: ${await ensureYamlLanguage(say)}`);
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
}
