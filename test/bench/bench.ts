import { buildProducts } from "../../local/run/build";
import { OPTIMIZED } from "../../tools/pulumi/goProgram";
import { catchUp } from "./catchUp";
import { destinations } from "./destinations";
import type { Figure, Measurement } from "./figure";
import { following } from "./following";
import { preview } from "./preview";
import { slowNeighbour } from "./slowNeighbour";
import { table } from "./table";
import { webhook } from "./webhook";
import { writers } from "./writers";

/**
 * `npm run bench`: measures, and prints every figure with its aim. `npm run bench -- catch-up` takes the
 * measurements of those names only. A missed aim is printed and no error; a run that breaks ends with 1.
 */
const measurements: Measurement[] = [
  catchUp({ events: 100_000, rounds: 5 }),
  writers({ events: 40_000, rounds: 3 }),
  following({ idleSeconds: 15, startSeconds: 10, seconds: 30, rounds: 2 }),
  webhook({ seconds: 20, rounds: 3 }),
  preview({ rounds: 11 }),
  destinations({ events: 30_000, rounds: 3 }),
  slowNeighbour({ startSeconds: 10, seconds: 20, rounds: 2 }),
];

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const names = measurements.map(({ name }) => name);
  if (asked.some((name) => !names.includes(name))) {
    console.error(`Measurements are: ${names.join(", ")}.`);
    process.exit(2);
  }
  process.env[OPTIMIZED] = "true";
  await buildProducts(say);
  const figures: Figure[] = [];
  for (const { name, run } of measurements) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    figures.push(...(await run((line) => say(`${name}: ${line}`))));
  }
  console.log(`\n${table(figures)}`);
}

function say(line: string): void {
  console.log(`[${(performance.now() / 1000).toFixed(0).padStart(5)} s] ${line}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
