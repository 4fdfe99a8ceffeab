import { expect, it } from "vitest";
import { Allowance } from "../../../../forwarder/destinations/syslog/allowance";

/** The most bytes that may be added besides what is on its way. */
const room = (allowance: Allowance) => {
  for (let bytes = 1_000; bytes > 0; bytes -= 1) if (allowance.has(bytes)) return bytes;
  return 0;
};

it("has no bound until something was too much", () => {
  const allowance = new Allowance();
  allowance.take(1e12);
  expect(allowance.has(1e12)).toBe(true);
});

it("is half of what was too much, and half of that again when it still is", () => {
  const allowance = new Allowance();
  allowance.take(400);
  allowance.narrow();
  allowance.give(400);
  allowance.take(50);
  expect(room(allowance)).toBe(150);
  // Less than the bound was on its way, so the half of that is the bound.
  allowance.narrow();
  allowance.give(50);
  allowance.take(10);
  expect(room(allowance)).toBe(15);
  // More was on its way than the bound: the bound is what was wrong.
  allowance.take(90);
  allowance.narrow();
  allowance.give(99);
  expect(room(allowance)).toBe(11);
});

it("is twice as much when what was on its way was read with time to spare", () => {
  const allowance = new Allowance();
  allowance.take(200);
  allowance.narrow();
  allowance.widen();
  allowance.give(150);
  expect(room(allowance)).toBe(150);
});

it("lets what alone is more than the bound go when nothing else is on its way", () => {
  const allowance = new Allowance();
  allowance.take(10);
  allowance.narrow();
  expect(allowance.has(900)).toBe(false);
  allowance.give(10);
  expect(allowance.has(900)).toBe(true);
});

it("wakes all that wait when something has gone, and none that was given up", async () => {
  const allowance = new Allowance();
  allowance.take(10);
  const { signal } = new AbortController();
  const given = new AbortController();
  const woken: string[] = [];
  const waiting = ["a", "b"].map((name) => allowance.change(signal).then(() => woken.push(name)));
  const gone = allowance.change(given.signal).catch((error: Error) => woken.push(error.message));
  given.abort(new Error("given up"));
  await gone;
  expect(woken).toEqual(["given up"]);
  allowance.give(5);
  await Promise.all(waiting);
  expect(woken).toEqual(["given up", "a", "b"]);
});
