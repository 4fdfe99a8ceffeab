/** Compiles the components and writes the schema by which programs in other languages know them: `dist/schema.json`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import { compilePackage } from "./compilePackage";

const components = join(__dirname, "..", "components");

export async function buildComponents(): Promise<void> {
  compilePackage(components);
  const { name } = JSON.parse(readFileSync(join(components, "package.json"), "utf8")) as { name: string };
  const compiled = join(components, "dist", "components", "index.js");
  const provider = new ComponentProvider({
    components: getPulumiComponents(require(compiled)),
    dirname: components,
    name,
  });
  const schema = JSON.parse(await provider.getSchema());
  // Else the generator for Go leaves out the types that only plain lists hold, and refers to them all the same.
  schema.language.go = { ...schema.language.go, generateExtraInputTypes: true };
  writeFileSync(join(components, "dist", "schema.json"), JSON.stringify(schema));
}

if (require.main === module)
  buildComponents().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
