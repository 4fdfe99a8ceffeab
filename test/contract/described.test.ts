import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { configurationSchema } from "../../contract/configuration";
import { componentArguments } from "../../contract/declaration/components";
import { innerSchema, itemOf, metaOf } from "../../contract/schema/described";
import { type Atom, type Mutation, mutated, mutationsOf } from "./mutations";

const root = join(__dirname, "..", "..");

/** The contract with what is made from it, as one text in which the contract's words stand as they were written. */
const entry = `
  export { renderArguments } from "./tools/contract/renderArguments";
  export { renderArgumentsPage } from "./tools/reference/arguments";
  export { renderConfigurationPage, configurationJsonSchema } from "./tools/reference/configuration";
  export { renderKindsPage } from "./tools/reference/kinds";`;

interface Renderers {
  renderArguments(): string;
  renderArgumentsPage(): string;
  renderConfigurationPage(): string;
  configurationJsonSchema(): object;
  renderKindsPage(): string;
}

/** What is generated from a text of the contract: what people read, and the JSON Schema. Throws where it is none. */
function generated(text: string): { read: string; schema: string } {
  const module = { exports: {} as Renderers };
  new Function("module", "exports", "require", "__dirname", text)(
    module,
    module.exports,
    createRequire(join(root, "package.json")),
    join(root, "tools", "reference"),
  );
  const made = module.exports;
  const pages = [made.renderArgumentsPage(), made.renderConfigurationPage(), made.renderKindsPage()];
  return {
    read: [made.renderArguments(), ...pages].join("\n"),
    schema: JSON.stringify(made.configurationJsonSchema()),
  };
}

let bundle: string;
let mutations: Mutation[];
let before: ReturnType<typeof generated>;
beforeAll(async () => {
  // Each schema is used a few times only: zod's compiling of each would take most of the time.
  z.config({ jitless: true });
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["zod"],
    charset: "utf8",
    write: false,
  });
  bundle = outputFiles[0]!.text;
  before = generated(bundle);
  mutations = mutationsOf(bundle);
});

/** What a change of the contract did: `unseen` is a fault. A default must be seen by people, not only by editors. */
function outcome(mutation: Mutation): "generated" | "refused" | "unseen" {
  try {
    const after = generated(mutated(bundle, [mutation]));
    if (after.read !== before.read) return "generated";
    return mutation.atom !== "default" && after.schema !== before.schema ? "generated" : "unseen";
  } catch {
    return "refused";
  }
}

describe("whatever is changed in the contract changes what is generated, or is refused:", () => {
  it.each<[Atom, number]>([
    ["default", 30],
    ["limit", 40],
    ["required", 60],
    ["value", 30],
    ["format", 15],
    ["level", 6],
  ])("%s", (atom, least) => {
    const all = mutations.filter((one) => one.atom === atom);
    const seen = all.map((one) => ({ ...one, outcome: outcome(one) }));
    const count = (wanted: string) => seen.filter((one) => one.outcome === wanted).length;
    console.log(
      `${atom}: ${all.length} changed, ${count("generated")} generated, ${count("refused")} refused`,
    );
    expect(all.length).toBeGreaterThanOrEqual(least);
    const unseen = seen.filter((one) => one.outcome === "unseen");
    expect(unseen.map(({ file, was }) => `${file}: ${was}`)).toEqual([]);
  });

  it("words", () => {
    const words = mutations.filter(({ atom }) => atom === "words");
    const mark = (place: number) => `Changed${place}X`;
    const changes = words.map(({ at }, place) => ({
      at,
      text: `(${bundle.slice(at.start, at.end)}) + "${mark(place)}"`,
    }));
    const { read } = generated(mutated(bundle, changes));
    console.log(`words: ${words.length} changed`);
    expect(words.length).toBeGreaterThan(400);
    const unseen = words.filter((_, place) => !read.includes(mark(place)));
    expect(unseen.map(({ file, was }) => `${file}: ${was}`)).toEqual([]);
  });
});

it("no words repeat the default of a property inside", () => {
  let looked = 0;
  const repeated: string[] = [];
  const visit = (
    schema: z.ZodType,
    path: string,
    above: readonly { path: string; words: string }[],
  ): void => {
    const inner = innerSchema(itemOf(schema) ?? schema);
    if (!(inner instanceof z.ZodObject)) {
      const { data } = schema.safeParse(undefined);
      if (typeof data !== "string" && typeof data !== "number") return;
      for (const { path: where, words } of above) {
        looked++;
        if (new RegExp(`\\b${data}\\b`).test(words))
          repeated.push(`${where}: "${words}" has ${path}'s ${data}`);
      }
      return;
    }
    const { otherwise } = metaOf(schema);
    const further = otherwise === undefined ? above : [...above, { path, words: otherwise }];
    for (const [name, property] of Object.entries(inner.shape as Record<string, z.ZodType>))
      visit(property, `${path}.${name}`, further);
  };
  for (const [name, schema] of Object.entries(componentArguments)) visit(schema, name, []);
  visit(configurationSchema, "configuration", []);
  console.log(`${looked} pairs of a default and the words about what it is in`);
  expect(looked).toBeGreaterThan(20);
  expect(repeated).toEqual([]);
});
