import { expect, it } from "vitest";
import { SendWindow } from "../../../../forwarder/destinations/syslog/sendWindow";

/** The most bytes that may be added besides what is on its way. */
const free = (window: SendWindow) => {
  for (let bytes = 1_000; bytes > 0; bytes -= 1) if (window.admits(bytes)) return bytes;
  return 0;
};

it("has no bound until something was too much", () => {
  const window = new SendWindow();
  window.add(1e12);
  expect(window.admits(1e12)).toBe(true);
});

it("is half of what was too much, and half of that again when it still is", () => {
  const window = new SendWindow();
  window.add(400);
  window.shrink();
  window.release(400);
  window.add(50);
  expect(free(window)).toBe(150);
  // Less than the bound was on its way, so the half of that is the bound.
  window.shrink();
  window.release(50);
  window.add(10);
  expect(free(window)).toBe(15);
  // More was on its way than the bound: the bound is what was wrong.
  window.add(90);
  window.shrink();
  window.release(99);
  expect(free(window)).toBe(11);
});

it("is twice as much when what was on its way was read with time to spare", () => {
  const window = new SendWindow();
  window.add(200);
  window.shrink();
  window.grow();
  window.release(150);
  expect(free(window)).toBe(150);
});

it("lets what alone is more than the bound go when nothing else is on its way", () => {
  const window = new SendWindow();
  window.add(10);
  window.shrink();
  expect(window.admits(900)).toBe(false);
  window.release(10);
  expect(window.admits(900)).toBe(true);
});

it("wakes all that wait when something has gone, and none that was given up", async () => {
  const window = new SendWindow();
  window.add(10);
  const { signal } = new AbortController();
  const given = new AbortController();
  const woken: string[] = [];
  const waiting = ["a", "b"].map((name) => window.change(signal).then(() => woken.push(name)));
  const gone = window.change(given.signal).catch((error: Error) => woken.push(error.message));
  given.abort(new Error("given up"));
  await gone;
  expect(woken).toEqual(["given up"]);
  window.release(5);
  await Promise.all(waiting);
  expect(woken).toEqual(["given up", "a", "b"]);
});
