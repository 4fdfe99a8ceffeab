import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../pulumi/goProgram";

/** Programs of Debian's packages that bring.sh brought, and the folder of the libraries that came with them. */
export interface Brought {
  programs: string;
  libraries: string;
}

/** Where bring.sh puts what the script `build.sh` in `tools/<name>` brings. */
export function brought(name: string): Brought {
  const script = join(__dirname, "..", name, "build.sh");
  const key = createHash("sha256").update(readFileSync(script)).digest("hex").slice(0, 12);
  const root = join(cacheFolder(), `${name}-${key}`, "root", "usr");
  const platform = readdirSync(join(root, "lib")).find((entry) => entry.endsWith("-linux-gnu"))!;
  return { programs: join(root, "sbin"), libraries: join(root, "lib", platform) };
}
