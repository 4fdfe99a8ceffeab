import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { syslogMessage } from "../../../../forwarder/destinations/syslog/message";
import { SendWindow } from "../../../../forwarder/destinations/syslog/sendWindow";
import { SyslogDestination } from "../../../../forwarder/destinations/syslog/syslogDestination";
import { createFormatter } from "../../../../forwarder/records/formats/formatter";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { eventRecords, temporaryFolder } from "../../journal/records";
import { RunningLanes, VisibleEvents } from "../../lanes/world";
import { SyslogReceiver } from "./receiver";

const header = { facility: "audit", appName: "zitadel", hostName: "zitadel.example.com" } as const;
const formatter = createFormatter({
  format: "zitadel",
  envelope: (facts, text) => syslogMessage(facts, text, header),
});
const never = new AbortController().signal;

// Time passes when a test says so, and the receiver reads when it says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A destination before a receiver that reads when it is told. */
async function slowWorld() {
  const peer = await SyslogReceiver.start();
  onTestFinished(() => peer.close());
  peer.reads = false;
  const syslog = new SyslogDestination(
    {
      ...{ url: peer.url, facility: "audit", appName: "zitadel", maxMessageBytes: 8192 },
      ...{ confirmSeconds: 30, timeoutSeconds: 30 },
    },
    new SecretFiles(temporaryFolder()),
  );
  onTestFinished(() => syslog.close());
  return {
    peer,
    syslog,
    /** Seconds go by, in each of which the receiver reads so much, until a condition holds. */
    async pass(seconds: number, bytesPerSecond: number, condition = () => false): Promise<void> {
      for (let second = 0; second < seconds && !condition(); second += 1) {
        // A connection has 64 KiB at hand at a time.
        for (let rest = bytesPerSecond; rest > 0; rest -= 50_000) {
          peer.read(Math.min(rest, 50_000));
          await settle();
        }
        vi.advanceTimersByTime(1000);
        await settle();
      }
    },
  };
}

/** Records whose messages have about 4 kB, in batches. */
function batches(count: number, recordsEach: number) {
  const records = eventRecords(0, count * recordsEach, { bytes: 4000 }).map(
    ({ id, createdMicros, body }) => ({
      ...{ id, createdMicros, body: formatter(body)! },
    }),
  );
  return Array.from({ length: count }, (_, n) => ({
    id: `msg_${n}`,
    records: records.slice(n * recordsEach, (n + 1) * recordsEach),
  }));
}

it("batches wait for a receiver that reads slowly, as long as it reads", async () => {
  const { peer, syslog, pass } = await slowWorld();
  let sent = 0;
  const deliveries = batches(64, 64).map(async (batch) => {
    const outcome = await syslog.deliver(batch, never);
    sent += 1;
    return outcome;
  });
  await pass(5, 1);
  // What fits into buffers on the way has left, and no more: the rest holds the permits of its lane.
  expect(sent).toBeLessThan(48);
  // A part of a batch waits behind one of each other batch, longer than a connection without progress is kept.
  await pass(300, 130_000, () => sent === 64);
  expect(sent).toBe(64);
  const outcomes = await Promise.all(deliveries);
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array(64).fill("acknowledged"));
  peer.readOn();
  await pass(60, 0);
  expect(await Promise.all(outcomes.map((outcome) => "arrival" in outcome && outcome.arrival))).toEqual(
    Array(64).fill(true),
  );
  expect([peer.messages.length, new Set(peer.ids).size]).toEqual([4096, 4096]);
});

it("a receiver that reads less than buffers hold gets what it can read in the time that it has", async () => {
  const { peer, syslog, pass } = await slowWorld();
  const batching = { maxRecords: 25, inFlight: 4, maxBytes: 256 << 20 };
  const lanes = new RunningLanes(temporaryFolder(), { siem: syslog }, new VisibleEvents(), {
    ...{ ...batching, formatter },
  });
  const records = eventRecords(0, 1500, { bytes: 4000 });
  lanes.journal.commit("events", records, "");
  const { lastPosition } = lanes.journal.status();
  // Read once, they would take 320 seconds.
  await pass(1500, 20_000, () => lanes.journal.lane("siem").acknowledged === lastPosition);
  expect(lanes.journal.lane("siem").acknowledged).toBe(lastPosition);
  await lanes.crash();
  const there = new Set(peer.ids);
  expect(records.filter(({ id }) => !there.has(id))).toEqual([]);
  // Endless repeats are what it would be otherwise.
  expect(peer.messages.length).toBeLessThan(3 * records.length);
});

it("what may be on its way has no bound until it was too much, and grows again when there is time to spare", () => {
  const window = new SendWindow();
  expect(window.admits(1 << 30)).toBe(true);
  window.add(1000);
  window.shrink();
  window.release(1000);
  // More than the bound goes alone.
  expect(window.admits(2000)).toBe(true);
  window.add(400);
  expect([window.admits(100), window.admits(101)]).toEqual([true, false]);
  window.grow();
  expect([window.admits(600), window.admits(601)]).toEqual([true, false]);
});
