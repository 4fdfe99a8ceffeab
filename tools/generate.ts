/**
 * Writes every generated file of the repository, or with `--check` says which are out of date and fails.
 * Each generator renders to memory, so that a check touches nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { renderFormatDocs } from "../forwarder/records/formats/docs";
import { renderRedactionDocs } from "../forwarder/records/redaction/docs";
import { generatedFiles as zitadelFiles } from "../local/zitadel/generate";
import { zitadelSdkFiles } from "./zitadel-sdk/generate";

/** A generated file: its absolute path and what it must hold. */
export interface GeneratedFile {
  path: string;
  text: string;
}

const root = join(__dirname, "..");

const generators: (() => GeneratedFile[])[] = [
  zitadelSdkFiles,
  zitadelFiles,
  () => [{ path: join(root, "docs", "redaction.md"), text: renderRedactionDocs() }],
  () => [{ path: join(root, "docs", "formats.md"), text: renderFormatDocs() }],
];

function current(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function main(): void {
  const check = process.argv.includes("--check");
  const stale = generators
    .flatMap((generate) => generate())
    .filter(({ path, text }) => current(path) !== text);
  for (const { path, text } of stale) {
    if (!check) writeFileSync(path, text);
    console.log(`${check ? "out of date" : "written"}: ${relative(root, path)}`);
  }
  if (check && stale.length > 0) {
    console.error("Run `npm run generate` and commit what it writes.");
    process.exit(1);
  }
  if (check) console.log("generated files: up to date");
}

main();
