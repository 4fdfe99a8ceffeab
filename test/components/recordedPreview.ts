import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import { startProgram } from "../engine/nodeProgram";
import { type RecordedRequest, RecordingEngine } from "../sdk/recordingEngine";

/** A program's folder and the stack's configuration, `<namespace>:<name>` each. */
export interface RecordedProgram {
  folder: string;
  project: string;
  config: Record<string, string>;
  secretKeys: string[];
}

/** What a program asks of the engine in a preview, run as Pulumi's language host for Node runs it. */
export async function recordPreview(
  program: RecordedProgram,
  environment?: NodeJS.ProcessEnv,
): Promise<RecordedRequest[]> {
  return (await runPreview(program, environment)).requests;
}

/** The same, with all that the program and Pulumi's SDK log meanwhile, down to debug messages. */
export async function runPreview(
  { folder, project, config, secretKeys }: RecordedProgram,
  environment: NodeJS.ProcessEnv = plainEnvironment(),
): Promise<Pick<RecordingEngine, "requests" | "messages">> {
  const engine = await RecordingEngine.start();
  try {
    const program = startProgram(
      {
        folder,
        entryPoint: ".",
        monitor: engine.address,
        engine: engine.address,
        organization: "organization",
        project,
        stack: "test",
        dryRun: true,
        parallel: 16,
        config,
        secretKeys,
      },
      environment,
    );
    const code = await new Promise((resolve, reject) => {
      program.once("error", reject);
      program.once("close", resolve);
    });
    expect(engine.errors).toEqual([]);
    expect(code).toBe(0);
  } finally {
    engine.stop();
  }
  return engine;
}

/** An environment that knows nothing of this repository or of the tests' runner. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME };
}

/** The same for a process whose clock is ahead, and the year that it believes in. */
export function environmentAhead(seconds: number): { environment: NodeJS.ProcessEnv; year: number } {
  const environment = {
    ...plainEnvironment(),
    NODE_OPTIONS: `--require ${require.resolve("../completeness/clock.cjs")}`,
    FORWARDER_CLOCK: JSON.stringify({ offsetSeconds: seconds }),
  };
  const year = execFileSync(process.execPath, ["-p", "new Date().getFullYear()"], { env: environment });
  return { environment, year: Number(year) };
}
