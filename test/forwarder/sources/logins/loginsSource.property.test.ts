import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { formatMicros } from "../../../../forwarder/records/micros";
import { type Attempt, BEGIN, FirstReplica, Replica, reportedOf, SECOND, serve } from "./world";

/** An attempt every so often, and what becomes of it; times in seconds. */
const attemptsReadWithin = (late: number) =>
  fc.array(
    fc.record({
      authRequest: fc.constantFrom("one", "two"),
      outcome: fc.constantFrom("success" as const, "failure" as const),
      /** After how long its event is read: usually soon, at times very late. */
      readAfter: fc.oneof(fc.nat(5), fc.nat(late)),
      /** Whether and after how long the script's record comes; some come too late. */
      reportAfter: fc.option(fc.oneof(fc.nat(3), fc.nat(150)), { nil: undefined }),
      /** To which replicas it comes: by webhook to one, by the log to ordinal 0 as well. */
      to: fc.constantFrom<string[]>(["first"], ["second"], ["first", "second"]),
    }),
    { minLength: 1, maxLength: 12 },
  );
const disturbances = fc.array(
  fc.record({ at: fc.nat(400), what: fc.constantFrom("restart", "down", "up", "lost", "delivered") }),
  {
    maxLength: 8,
  },
);
const EVERY = 15;
const MISSING_AFTER = 60;
/** All is read and has come by then. */
const END = 12 * EVERY + 400 + 5;

it.each([
  { name: "in time", late: MISSING_AFTER / 2 - 10 },
  { name: "also very late", late: 400 },
])(
  "each check has a script's record or is sent, once, however records arrive and events $name",
  async ({ late }) => {
    let missing = 0;
    let lostInAll = 0;
    let reported = 0;
    await fc.assert(
      fc.asyncProperty(attemptsReadWithin(late), disturbances, async (given, disturbed) => {
        const folder = mkdtempSync(join(tmpdir(), "logins-"));
        const second = new Replica(join(folder, "1"));
        const peer = await serve(second);
        const first = new FirstReplica(join(folder, "0"), [peer.url]);
        try {
          const all = given.map((one, n) => ({ ...one, n, at: (n + 1) * EVERY * SECOND }));
          const seen = new Set<number>();
          /** Ids of records that were lost at the second, and of those that it could not tell of any more. */
          const lost = new Set<string>();
          const forgotten = new Set<string>();
          for (let now = 0; now <= END; now += 5) {
            for (const { what } of disturbed.filter(({ at }) => at >= now && at < now + 5)) {
              if (what === "restart") first.restart();
              else if (what === "delivered") second.deliver();
              else if (what === "lost") {
                for (const id of second.undelivered()) lost.add(id);
                for (const { id } of second.journal.logins.reportsBetween(0, Number.MAX_SAFE_INTEGER))
                  forgotten.add(id);
                second.loseVolume();
              } else peer.state.up = what === "up";
            }
            if (now > END / 2) peer.state.up = true;
            for (const one of all) {
              const due = (after: number) =>
                one.at / SECOND + after >= now && one.at / SECOND + after < now + 5;
              if (one.reportAfter !== undefined && due(one.reportAfter)) {
                const record = reportedOf(one, SECOND);
                if (one.to.includes("first")) first.take([record]);
                if (one.to.includes("second")) second.take([record]);
              }
              if (due(one.readAfter)) {
                first.read([one]);
                seen.add(one.n);
              }
            }
            first.through = now * SECOND;
            await first.look();
          }
          first.through = (END + 2 * MISSING_AFTER) * SECOND;
          do await first.look();
          while (first.source.state().recheck);
          await first.look();
          expect(seen.size).toBe(all.length);
          expect(first.journal.logins.checks().filter(({ sent }) => !sent)).toEqual([]);
          const sent = first.made().map(({ login }) => login.time);
          // What is judged again after a loss may be sent again, under the same id.
          if (forgotten.size === 0) expect(new Set(sent).size).toBe(sent.length);
          const isSent = (one: Attempt) => sent.includes(formatMicros(BEGIN + one.at));
          const isOf = (ids: Set<string>) => (one: (typeof all)[number]) =>
            ids.has(reportedOf(one, SECOND).id) && !one.to.includes("first");
          const [isLost, isForgotten] = [isOf(lost), isOf(forgotten)];
          const came = all.filter((one) => one.reportAfter !== undefined && !isLost(one)).length;
          expect(new Set(sent).size).toBeGreaterThanOrEqual(all.length - came);
          lostInAll += all.filter(isLost).length;
          missing += new Set(sent).size;
          reported += all.length - new Set(sent).size;
          if (late > MISSING_AFTER / 2) return;
          for (const one of all) {
            if (one.reportAfter === undefined || isLost(one)) expect(isSent(one)).toBe(true);
            // Whatever happened, a record that was there before the check was due is found.
            else if (one.reportAfter <= MISSING_AFTER - 5 && !isForgotten(one))
              expect(isSent(one)).toBe(false);
          }
        } finally {
          peer.close();
          first.end();
          second.end();
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 8 },
    );
    console.log(
      `checks that were reported ${reported}, that were sent from their events ${missing}, whose records were lost ${lostInAll}`,
    );
    expect(reported).toBeGreaterThan(2);
    expect(missing).toBeGreaterThan(2);
  },
);
