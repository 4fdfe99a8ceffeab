import { expect, it } from "vitest";
import { buildProducts } from "../../local/run/build";
import { kinds } from "../bench/destinationKinds";
import { destinations } from "../bench/destinations";
import { table } from "../bench/table";

const say = (line: string) => console.log(line);

it("measures what one lane delivers to each kind of destination, and a generic pipeline beside it", async () => {
  await buildProducts(say);
  const figures = await destinations({ events: 2_000, rounds: 1 }).run(say);
  for (const kind of Object.keys(kinds))
    expect(figures.map(({ what }) => what)).toContain(`one lane at 25 ms, ${kind}`);
  for (const { what, rounds } of figures) expect(rounds[0], what).toBeGreaterThan(0);
  console.log(table(figures));
});
