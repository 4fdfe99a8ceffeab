import fc from "fast-check";
import { expect, it } from "vitest";
import type { Batch, Outcome } from "../../../forwarder/destinations/destination";
import { eventRecords, temporaryFolder } from "../journal/records";
import { RunningLanes, ScriptedDestination, until, VisibleEvents } from "./world";

/** A destination that notes the records it acknowledged as they came, and whether a batch came before its turn. */
class OrderedDestination extends ScriptedDestination {
  readonly acknowledged: number[] = [];
  underWay = 0;
  most = 0;

  override async deliver(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    try {
      return await super.deliver(batch, signal);
    } finally {
      this.underWay -= 1;
    }
  }
}

it("with one batch under way records arrive in the journal's order, whatever fails, is refused or killed", async () => {
  const world = fc.record({
    poisoned: fc.uniqueArray(fc.nat(59), { maxLength: 4 }),
    failing: fc.array(fc.boolean(), { maxLength: 60 }),
    maxRecords: fc.integer({ min: 1, max: 9 }),
    crashAfter: fc.nat(20),
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ poisoned, failing, maxRecords, crashAfter }) => {
      const folder = temporaryFolder();
      const destination = new OrderedDestination();
      const start = () =>
        new RunningLanes(folder, { siem: destination }, new VisibleEvents(), { inFlight: 1, maxRecords });
      destination.answer = ({ records }) => {
        const numbers = records.map(({ body }) => (JSON.parse(body) as { n: number }).n);
        if (failing[destination.attempts]) return { kind: "retry", reason: "busy" };
        if (numbers.some((n) => poisoned.includes(n))) return { kind: "refused", reason: "poison" };
        destination.acknowledged.push(...numbers);
        return { kind: "acknowledged" };
      };
      let running = start();
      running.journal.commit("events", eventRecords(0, 60), "{}");
      const done = () => running.journal.lane("siem").acknowledged >= 60;
      await until(() => destination.attempts >= crashAfter || done(), "so many attempts");
      await running.crash();
      const before = destination.acknowledged.splice(0);
      running = start();
      await until(done, "everything is delivered or set aside");
      await running.crash();
      const expected = Array.from({ length: 60 }, (_, n) => n).filter((n) => !poisoned.includes(n));
      const [first = 60] = destination.acknowledged;
      // What was under way at the kill comes again; from there on nothing is missing and nothing is out of order.
      expect(before).toEqual(expected.slice(0, before.length));
      expect(before.filter((n) => n < first).concat(destination.acknowledged)).toEqual(expected);
      expect(destination.most).toBe(1);
    }),
    { numRuns: 25 },
  );
});
