import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const requirements = join(__dirname, "requirements.txt");

/** The official Python package of the provider. */
export interface OfficialPackage {
  /** The wheel as PyPI serves it. */
  wheel: string;
  /** A Python that has it and Pulumi installed. */
  python: string;
}

/**
 * Fetches the package and installs it into a folder of its own in the cache, which is keyed by requirements.txt and
 * kept: `${XDG_CACHE_HOME:-~/.cache}/zitadel-siem/python-<hash>`. Throws where there is no python3 with venv.
 */
export async function officialPackage(): Promise<OfficialPackage> {
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "zitadel-siem", `python-${key}`);
  const complete = join(folder, "complete");
  const python = join(folder, "venv", "bin", "python");
  const downloads = join(folder, "wheel");
  if (!existsSync(complete)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(downloads, { recursive: true });
    console.log(`Installing the provider's official Python package into ${folder} (about 15 s, once) …`);
    await run("python3", ["-m", "venv", join(folder, "venv")]).catch((error: Error) => {
      throw new Error(
        `This test needs python3 (3.9 or newer) with its venv module on PATH: ${error.message}`,
      );
    });
    const pip = (...args: string[]) =>
      run(python, ["-m", "pip", "--disable-pip-version-check", "-q", ...args]);
    await pip("install", "--no-input", "-r", requirements);
    await pip("download", "--no-input", "--no-deps", "-d", downloads, pinned("pulumiverse_zitadel"));
    writeFileSync(complete, "");
  }
  return { wheel: join(downloads, readdirSync(downloads)[0]!), python };
}

/** The line of requirements.txt for a distribution. */
function pinned(name: string): string {
  return readFileSync(requirements, "utf8")
    .split("\n")
    .find((line) => line.startsWith(`${name}==`))!;
}
