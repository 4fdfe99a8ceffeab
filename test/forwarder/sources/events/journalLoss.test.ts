import { rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { Checkpoint, CheckpointStore } from "../../../../forwarder/checkpoint/checkpoint";
import type { ZitadelError } from "../../../../forwarder/zitadel/zitadelError";
import { systemClock } from "../../../../local/zitadel/clock";
import { addUsers, createRig, load, type Rig, type Run, until } from "./rig";

let rig: Rig;
afterEach(() => rig.close());
const open = async () => {
  rig = await createRig();
  return rig;
};

/** A checkpoint kept in memory. */
function memory(): CheckpointStore & { text: string | undefined } {
  return {
    text: undefined,
    async read() {
      return this.text;
    },
    async write(text) {
      this.text = text;
    },
  };
}

describe("the loss of the journal", () => {
  test("costs no event and repeats only what was delivered after the checkpoint", async () => {
    const { zitadel } = await open();
    const now = systemClock.now();
    load(
      zitadel,
      Array.from({ length: 2000 }, (_, index) => now - 20 * 60_000_000 + index * 500_000),
    );
    // A node whose clock is ahead: read and delivered before ZITADEL's time has come so far.
    load(zitadel, [now + 3_500_000, now + 3_500_001]);
    const checkpoint = memory();
    const first = rig.start({ checkpoint });
    await until(() => rig.holdsAll(first));
    first.deliver();
    const delivered = new Set(first.ids());
    await first.stop();
    const written = checkpoint.text!;
    // Delivered, but after the last checkpoint.
    const again = rig.start({ checkpoint });
    await addUsers(zitadel, 5);
    await until(() => rig.holdsAll(again));
    await again.stop();
    checkpoint.text = written;
    rmSync(rig.journalFolder, { recursive: true });

    await addUsers(zitadel, 5);
    const heard: { deliveredMicros: number; readBefore: number }[] = [];
    const journalLost = ({ deliveredMicros }: Checkpoint) =>
      heard.push({ deliveredMicros, readBefore: second.ids().length });
    const second: Run = rig.start({ checkpoint, journalLost });
    await until(() => rig.holdsAll(second) && second.source.state().phase === "following");
    const { deliveredMicros } = JSON.parse(written) as { deliveredMicros: number };
    expect(heard).toEqual([{ deliveredMicros, readBefore: 0 }]);
    const records = second.records().filter(({ source }) => source === "events");
    expect(records.filter(({ id }) => delivered.has(id as string))).toEqual([]);
    expect(second.notices("journal_lost")).toHaveLength(1);
    expect(await second.metric("zitadel_siem_journal_lost_total")).toBe(1);
    expect(rig.log.some(({ msg }) => String(msg).startsWith("the journal was lost"))).toBe(true);
  });

  test("delivers what was not delivered, and what became visible late", async () => {
    const { zitadel } = await open();
    const now = systemClock.now();
    load(
      zitadel,
      Array.from({ length: 500 }, (_, index) => now - 10 * 60_000_000 + index * 1_000_000),
    );
    const checkpoint = memory();
    const first = rig.start({ checkpoint });
    await until(() => rig.holdsAll(first));
    first.deliver();
    const delivered = new Set(first.ids());
    await addUsers(zitadel, 4);
    await until(() => rig.holdsAll(first));
    await first.stop();
    rmSync(rig.journalFolder, { recursive: true });

    load(zitadel, [now - 9 * 60_000_000 + 7]);
    const second = rig.start({ checkpoint });
    await until(() => rig.holdsAll(second));
    const sent = new Set(second.records().map(({ id }) => id as string));
    const missing = rig.storedIds().filter((id) => !delivered.has(id) && !sent.has(id));
    expect(missing).toEqual([]);
    // Only the span around the late event is delivered again.
    expect([...sent].filter((id) => delivered.has(id)).length).toBeLessThan(60);
  });

  test("is no first start: a checkpoint that cannot be read holds the source up", async () => {
    await open();
    const checkpoint = memory();
    let reachable = false;
    const run = rig.start({
      checkpoint: {
        read: async () => {
          if (!reachable) throw new Error("connection refused");
          return undefined;
        },
        write: checkpoint.write,
      },
    });
    await until(() => run.source.state().fault?.kind === "checkpoint unreadable");
    expect(run.ids()).toEqual([]);
    reachable = true;
    await until(() => rig.holdsAll(run));
  });

  test("a checkpoint of another instance is refused with the remedy", async () => {
    await open();
    const checkpoint = memory();
    const first = rig.start({ checkpoint });
    await until(() => rig.holdsAll(first));
    await first.stop();
    checkpoint.text = JSON.stringify({ ...JSON.parse(checkpoint.text!), instanceId: "another" });
    rmSync(rig.journalFolder, { recursive: true });
    const second = rig.start({ checkpoint });
    const problem = (await second.done.catch((error) => error)) as ZitadelError;
    expect(problem).toMatchObject({ kind: "other instance", details: { retry: "never" } });
    expect(problem.remedy).toContain("ConfigMap");
  });
});
