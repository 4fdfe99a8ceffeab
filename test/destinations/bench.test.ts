import { expect, it } from "vitest";
import { buildProducts } from "../../local/run/build";
import { destinations } from "../bench/destinations";
import { table } from "../bench/table";

const say = (line: string) => console.log(line);

it("measures what one lane delivers to each kind of destination, and a generic pipeline beside it", async () => {
  await buildProducts(say);
  const figures = await destinations({ events: 2_000, rounds: 1 }).run(say);
  expect(figures.length).toBeGreaterThan(0);
  for (const { what, rounds } of figures) expect(rounds[0], what).toBeGreaterThan(0);
  console.log(table(figures));
});
