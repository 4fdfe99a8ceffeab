import { expect, it } from "vitest";
import { buildProducts } from "../../local/run/build";
import { catchUp } from "./catchUp";
import { isMet, median, quantile } from "./figure";
import { following } from "./following";
import { FrameCounter } from "./frameCounter";
import { preview } from "./preview";
import { slowNeighbour } from "./slowNeighbour";
import { table } from "./table";
import { webhook } from "./webhook";
import { writers } from "./writers";

const say = (line: string) => console.log(line);

it.each([
  catchUp({ events: 2_000, rounds: 1 }),
  writers({ events: 1_000, rounds: 1 }),
  following({ idleSeconds: 1, startSeconds: 1, seconds: 2, rounds: 1 }),
  webhook({ seconds: 2, rounds: 1 }),
  preview({ rounds: 1 }),
  slowNeighbour({ startSeconds: 1, seconds: 2, rounds: 1 }),
])("measures $name", async ({ run }) => {
  await buildProducts(say);
  const figures = await run(say);
  expect(figures.length).toBeGreaterThan(0);
  for (const { what, rounds } of figures) expect(rounds, what).toEqual([expect.any(Number)]);
  for (const value of figures.flatMap(({ rounds }) => rounds)) expect(value).toBeGreaterThanOrEqual(0);
  console.log(table(figures));
});

it("prints each figure with the range of its rounds, its aim and whether that is met", () => {
  const text = table([
    { what: "a ratio", rounds: [0.8, 1, 0.9], unit: "", aim: { atLeast: 0.9 } },
    { what: "a lag", rounds: [2], unit: "s", aim: { below: 2 } },
    { what: "a rate", rounds: [6789.4], unit: "events/s" },
  ]);
  expect(text.split("\n").map((line) => line.replaceAll(/ +/g, " "))).toEqual([
    "| what | median | rounds | aim | |",
    expect.stringMatching(/^\|[-|]+\|$/),
    "| a ratio | 0.9 | 0.8 to 1 | at least 0.9 | met |",
    "| a lag | 2 s | | below 2 s | MISSED |",
    "| a rate | 6,789 events/s | | | |",
  ]);
});

it("takes the middle of an odd number of rounds, and what lies between two of an even number", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5);
  expect(() => median([])).toThrow();
});

it("counts octet-counted frames, in whatever portions they come", () => {
  const bytes = Buffer.from('3 a b14 <109>1 - ünï9 {"id":17}');
  for (let portion = 1; portion <= bytes.length; portion++) {
    const counter = new FrameCounter();
    let frames = 0;
    for (let at = 0; at < bytes.length; at += portion)
      frames += counter.take(bytes.subarray(at, at + portion));
    expect(frames, `in portions of ${portion} bytes`).toBe(3);
  }
  expect(new FrameCounter().take(bytes.subarray(0, -1))).toBe(2);
});

it("holds an aim's bound to be met where it is reached, unless it must be below", () => {
  expect(isMet({ atLeast: 0.9 }, 0.9)).toBe(true);
  expect(isMet({ atMost: 1.2 }, 1.2)).toBe(true);
  expect(isMet({ below: 128 }, 128)).toBe(false);
});
