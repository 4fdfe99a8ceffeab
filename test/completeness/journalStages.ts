import { join } from "node:path";
import type { ForwarderProcess } from "./forwarderProcess";
import { Random } from "./random";
import { Stage, type StageOptions } from "./stage";

/** The stages of a test. */
export class Stages {
  private readonly all: Stage[] = [];

  async set(options: Partial<StageOptions> = {}): Promise<Stage> {
    const stage = await Stage.set({ random: new Random(1), ...options });
    this.all.push(stage);
    return stage;
  }

  async kill(): Promise<void> {
    for (const { forwarder } of this.all) await forwarder.kill();
  }

  async clear(): Promise<void> {
    for (const stage of this.all.splice(0)) await stage.clear();
  }
}

/** The journal's file. */
export const databaseOf = (forwarder: ForwarderProcess) => join(forwarder.journal, "journal.db");

/** The last line that a start ended with, which is for a person. */
export function lastLine(forwarder: ForwarderProcess): string {
  return forwarder.readLog().trimEnd().split("\n").at(-1)!;
}

/** Writes events, each of a user of its own. */
export async function write({ zitadel }: Stage, count: number, name: string): Promise<void> {
  for (let at = 0; at < count; at += 100)
    await zitadel.store.push(
      Array.from({ length: 100 }, (_, index) => ({
        aggregateType: "user",
        aggregateId: `${name}-${at + index}`,
        eventType: "user.locked",
        resourceOwner: zitadel.organizationId,
        editorUser: zitadel.adminKey.userId,
      })),
    );
}
