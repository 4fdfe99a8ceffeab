import type { JournalRecord } from "../../forwarder/records/record";
import { until } from "../completeness/stage";
import type { RunningLanes } from "../forwarder/lanes/world";
import type { FaultyProxy } from "./faultyProxy";

/** When a server is ended and started again: shares of the records that were delivered. */
const RESTARTS = [0.25, 0.6];

/**
 * Puts records into the journal of lanes of which one is called `siem`, and waits until it has delivered all of them.
 * On the way the server is ended, which a request has to notice, and started again.
 */
export async function deliverThroughRestarts(
  lanes: RunningLanes,
  records: readonly JournalRecord[],
  proxy: FaultyProxy,
  server: { end(): Promise<void>; run(): Promise<void> },
): Promise<void> {
  for (let from = 0; from < records.length; from += 1000)
    lanes.journal.commit("events", records.slice(from, from + 1000), "");
  const passed = () => lanes.journal.lane("siem").acknowledged / lanes.journal.status().lastPosition;
  for (const share of RESTARTS) {
    await until(`${share} of the records are delivered`, 120, () => passed() >= share);
    const before = proxy.unreachable;
    await server.end();
    await until("a request finds no server", 60, () => proxy.unreachable > before);
    await server.run();
  }
  await until(
    "all records are delivered",
    240,
    () => passed() >= 1,
    () => `${passed()} are`,
  );
}
