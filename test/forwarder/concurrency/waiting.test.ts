import fc from "fast-check";
import { expect, it } from "vitest";
import { PriorityMutex } from "../../../forwarder/concurrency/priorityMutex";
import { Semaphore } from "../../../forwarder/concurrency/semaphore";
import { ConditionVariable, pause, sleep, untilCalled } from "../../../forwarder/concurrency/waiting";

const aborted = AbortSignal.abort(new Error("given up"));

it("what waits rejects with the signal's reason, and a pause ends with it", async () => {
  const listening = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listening.add(listener);
    return () => listening.delete(listener);
  };
  const given = new AbortController();
  const waiting = untilCalled(subscribe, given.signal);
  expect(listening.size).toBe(1);
  given.abort(new Error("given up"));
  await expect(waiting).rejects.toThrow("given up");
  expect(listening.size).toBe(0);
  await expect(untilCalled(subscribe, aborted)).rejects.toThrow("given up");
  await expect(new ConditionVariable().wait(aborted)).rejects.toThrow("given up");
  await expect(sleep(1e6, aborted)).rejects.toThrow("given up");
  await pause(1e6, aborted);
});

it("a notification wakes all that wait, and nobody who comes later", async () => {
  const condition = new ConditionVariable();
  const given = new AbortController();
  const woken: string[] = [];
  const later: Promise<void>[] = [];
  const waiting = ["a", "b"].map((name) =>
    condition.wait(given.signal).then(() => {
      woken.push(name);
      later.push(condition.wait(given.signal));
    }),
  );
  condition.notifyAll();
  await Promise.all(waiting);
  expect(woken).toEqual(["a", "b"]);
  given.abort(new Error("given up"));
  expect((await Promise.allSettled(later)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

it("a semaphore gives out its permits in the order of asking and loses none, whoever gives up", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (permits, givesUp) => {
        const semaphore = new Semaphore(permits);
        const granted: number[] = [];
        const asked = givesUp.map((_, index) => {
          const given = new AbortController();
          const done = semaphore.acquire(given.signal).then(
            () => granted.push(index),
            () => undefined,
          );
          return { given, done };
        });
        for (const [index, { given }] of asked.entries()) if (givesUp[index]) given.abort();
        await new Promise(setImmediate);
        const served = givesUp.flatMap((gone, index) => (index < permits || !gone ? [index] : []));
        expect(granted).toEqual(served.slice(0, permits));
        for (let released = 1; granted.length < served.length; released += 1) {
          semaphore.release(1);
          await new Promise(setImmediate);
          expect(granted).toEqual(served.slice(0, permits + released));
        }
        await Promise.all(asked.map(({ done }) => done));
      },
    ),
  );
});

it("a mutex lets one in at a time, the urgent before the others", async () => {
  const mutex = new PriorityMutex();
  const done: string[] = [];
  let inside = 0;
  const enter = (name: string, urgent: boolean) =>
    mutex.run(urgent, async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
      done.push(name);
    });
  await Promise.all([enter("first", false), enter("a", false), enter("b", false), enter("urgent", true)]);
  expect(done).toEqual(["first", "urgent", "a", "b"]);
});
