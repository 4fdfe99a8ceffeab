import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { TokenBucket } from "../../../../forwarder/sources/tokenBucket";
import { Connections } from "../../../../forwarder/sources/webhook/connections";
import { RefusalLog } from "../../../../forwarder/sources/webhook/refusalLog";

it("lets through what comes at once and then so many a second, however it is spread", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 300 }), (pauses) => {
      const bucket = new TokenBucket(20, 100);
      let at = 0;
      let passed = 0;
      for (const pause of pauses) {
        at += pause;
        if (bucket.take(at)) passed++;
      }
      expect(passed).toBeLessThanOrEqual(100 + (at / 1000) * 20);
      expect(passed).toBeGreaterThanOrEqual(Math.min(pauses.length, 100));
    }),
  );
  const bucket = new TokenBucket(20, 1);
  expect([bucket.take(0), bucket.take(0), bucket.take(49), bucket.take(100)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
  // A clock that goes back gives nothing.
  expect([bucket.take(50), bucket.take(60)]).toEqual([false, false]);
});

class FakeSocket extends EventEmitter {
  closed = false;
  destroy() {
    this.closed = true;
    this.emit("close");
  }
}

it("closes the connection that has gone longest without an answer when there are too many", () => {
  let evicted = 0;
  const connections = new Connections(3, () => evicted++);
  const sockets = Array.from({ length: 5 }, () => new FakeSocket());
  const add = (index: number) => connections.add(sockets[index] as unknown as Socket);
  for (const index of [0, 1, 2]) add(index);
  connections.answered(sockets[0] as unknown as Socket);
  add(3);
  expect(sockets.map(({ closed }) => closed)).toEqual([false, true, false, false, false]);
  sockets[2]!.destroy();
  add(4);
  expect(sockets.map(({ closed }) => closed)).toEqual([false, true, true, false, false]);
  expect([connections.size, evicted]).toEqual([3, 1]);
});

it("says in the log that calls are refused, each reason at most once a minute", () => {
  const said: unknown[] = [];
  const log = new RefusalLog({ warn: (fields: unknown) => said.push(fields) } as never);
  for (let at = 0; at < 120_000; at += 100) log.note("wrong signature", at);
  log.note("replay", 119_999);
  expect(said).toEqual([
    { reason: "wrong signature", calls: 1 },
    { reason: "wrong signature", calls: 600 },
    { reason: "replay", calls: 1 },
  ]);
});
