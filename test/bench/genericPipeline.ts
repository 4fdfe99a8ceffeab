import type { ChildProcess } from "node:child_process";

/**
 * Starts what a user would take in the forwarder's place: a program that reads a file's lines and sends each as a
 * record. Where it is in the file and what it has not delivered it keeps on disk, as the forwarder does.
 *
 * @param folder a new one, for its configuration, state and log
 */
export type Pipeline = (folder: string, lines: string) => ChildProcess;

/** Ends it; resolves when it is gone. */
export async function endPipeline(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exited;
}
