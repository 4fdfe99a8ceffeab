import { afterAll, beforeAll } from "vitest";
import { type EngineOptions, LocalEngine } from "../../local/engine";
import { ensurePulumi } from "../../tools/pulumi/ensurePulumi";

/**
 * The real engine for the tests of one file: opened before them, closed after them. Call it at the top level
 * of a `describe` or of the file, and the function it returns inside tests.
 */
export function useEngine(
  options: () => Omit<EngineOptions, "pulumi"> | Promise<Omit<EngineOptions, "pulumi">>,
) {
  let engine: LocalEngine | undefined;
  beforeAll(async () => {
    const pulumi = await ensurePulumi((line) => console.log(line));
    engine = await LocalEngine.open({ pulumi, ...(await options()) });
  });
  afterAll(() => engine?.close());
  return () => {
    if (engine === undefined) throw new Error("the engine is open only inside tests and hooks");
    return engine;
  };
}

let stacks = 0;

/** A name for a stack or project that no other of this process has. */
export function uniqueName(prefix: string): string {
  stacks += 1;
  return `${prefix}-${stacks}`;
}
