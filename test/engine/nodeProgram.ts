import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** One run of a program in TypeScript, as the engine asks a language host for it. */
export interface ProgramRun {
  /** Folder of the program, with its package.json. */
  folder: string;
  /** What to run in it; `.` is what package.json names. */
  entryPoint: string;
  /** Addresses of the engine's two services. */
  monitor: string;
  engine: string;
  organization: string;
  project: string;
  stack: string;
  dryRun: boolean;
  parallel: number;
  /** By `<namespace>:<name>`; secrets in the clear, their keys in `secretKeys`. */
  config: Record<string, string>;
  secretKeys: readonly string[];
}

/**
 * Starts a program with the command line and the environment that Pulumi's own language host gives it
 * (`execRuntime` in sdk/nodejs/cmd/pulumi-language-nodejs/main.go of pulumi/pulumi 3.2xx): `cmd/run` of the SDK
 * that the program itself has installed, with the TypeScript of its folder compiled by ts-node.
 */
export function startProgram(run: ProgramRun, environment: NodeJS.ProcessEnv = process.env): ChildProcess {
  const sdk = createRequire(join(run.folder, "index.js")).resolve("@pulumi/pulumi/cmd/run");
  const named = {
    monitor: run.monitor,
    engine: run.engine,
    organization: run.organization,
    project: run.project,
    "root-directory": run.folder,
    stack: run.stack,
    pwd: run.folder,
  };
  const given = Object.entries(named).flatMap(([name, value]) => [`--${name}`, value]);
  const mode = [...(run.dryRun ? ["--dry-run"] : []), "--parallel", String(run.parallel)];
  return spawn(process.execPath, [sdk, ...given, ...mode, run.entryPoint], {
    cwd: run.folder,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...environment,
      PULUMI_CONFIG: JSON.stringify(run.config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretKeys),
      PULUMI_NODEJS_TYPESCRIPT: "true",
    },
  });
}
