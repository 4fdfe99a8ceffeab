/**
 * `npm run build`, and the last step of `npm ci`: what the root's program and the package of components run from
 * and what is not in the repository, in the order in which one needs the other. Any Node that npm runs on will do.
 */
import { join } from "node:path";
import { buildComponents } from "./buildComponents";
import { buildForwarder } from "./buildForwarder";
import { compilePackage } from "./compilePackage";

const root = join(__dirname, "..");

const products: [what: string, build: () => void | Promise<void>][] = [
  ["the SDK of ZITADEL's provider", () => compilePackage(join(root, "sdks", "zitadel"))],
  ["the components", buildComponents],
  ["the forwarder", buildForwarder],
];

async function main(): Promise<void> {
  for (const [what, build] of products) {
    const started = performance.now();
    await build();
    console.log(`built ${what} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
