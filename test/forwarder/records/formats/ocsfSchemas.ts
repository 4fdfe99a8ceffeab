import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import { ocsfVersions } from "../../../../contract";

const run = promisify(execFile);
const requirements = join(__dirname, "requirements.txt");
const script = join(__dirname, "ocsfSchemas.py");

/** What is wrong with a record by the schemas of a version; undefined when nothing is. */
export type OcsfCheck = (record: OcsfRecord, version: string) => string | undefined;

interface OcsfRecord {
  class_uid: number;
  metadata: { profiles?: string[] };
}

/**
 * Checks by OCSF's own schemas, from the published Python package `ocsf-json-schema`. They are fetched once into
 * `${XDG_CACHE_HOME:-~/.cache}/zitadel-siem/ocsf-<hash>`. Throws where there is no python3 with venv.
 */
export async function ocsfCheck(): Promise<OcsfCheck> {
  const folder = await schemas();
  // What is checked is the records, not the schemas; and a schema is compiled when the first record needs it.
  const ajv = new Ajv2020({ strict: false, validateSchema: false, inlineRefs: false });
  const checks = new Map<string, ValidateFunction>();
  const compiled = (name: string) => {
    const known = checks.get(name);
    if (known) return known;
    const check = ajv.compile(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
    checks.set(name, check);
    return check;
  };
  return (record, version) => {
    const name = `${version}-${record.class_uid}-${record.metadata.profiles ?? ""}`;
    const check = compiled(name);
    if (check(record)) return undefined;
    return (check.errors ?? [])
      .map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`)
      .join();
  };
}

async function schemas(): Promise<string> {
  const hash = createHash("sha256").update(ocsfVersions.join());
  for (const file of [requirements, script]) hash.update(readFileSync(file));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "zitadel-siem", `ocsf-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const building = `${folder}.building-${process.pid}`;
  const [venv, made] = [join(building, "venv"), join(building, "schemas")];
  mkdirSync(made, { recursive: true });
  try {
    await run("python3", ["-m", "venv", venv]).catch((error: Error) => {
      throw new Error(
        `This test needs python3 (3.9 or newer) with its venv module on PATH: ${error.message}`,
      );
    });
    const python = join(venv, "bin", "python");
    await run(python, ["-m", "pip", "--disable-pip-version-check", "-q", "install", "-r", requirements]);
    await run(python, [script, made, ...ocsfVersions]);
    if (!existsSync(folder)) renameSync(made, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return folder;
}
