import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { untakenPromises } from "./untaken";

const root = join(__dirname, "..", "..");
const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (file) => readFileSync(file, "utf8"));
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);

const examples = `
  import { createServer } from "node:http";
  declare function work(): Promise<number>;
  createServer(async () => { await work(); });
  process.on("message", async () => { await work(); });
  setTimeout(() => work(), 1);
  export const made = new Promise<void>(async (resolve) => { await work(); resolve(); });
  work();
  export const inside = () => { void work(); };
  work().then(() => 1);
  work().finally(() => 1);
  createServer((_, response) => { work().catch(() => response.destroy()); });
  setTimeout(() => work().catch(() => 1), 1);
  work().catch(() => 1).finally(() => 1);
  work().then(() => 1, () => 2);
  [1].map(async () => work());
  export let later = work();
  later = work();
  void work();
`;
/** The lines of the examples in which nobody takes the failure. */
const UNTAKEN = [4, 5, 6, 7, 8, 9, 10, 11];

it("every promise of the tests, the local run and the tools has someone who takes its failure", () => {
  const example = join(root, "test", "tools", "examples.ts");
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) =>
    file === example
      ? ts.createSourceFile(file, examples, ts.ScriptTarget.ES2023, true)
      : read(file, ...rest);
  host.fileExists = (file) => file === example || ts.sys.fileExists(file);
  const own = ["test", "local", "tools"].map((folder) => `${join(root, folder)}/`);
  const files = fileNames.filter((file) => own.some((folder) => file.startsWith(folder)));
  const program = ts.createProgram([...files, example], options, host);
  const found = untakenPromises(program, root, (file) => own.some((folder) => file.startsWith(folder)));
  const isExample = (line: string) => line.startsWith("test/tools/examples.ts:");
  expect(found.filter((line) => !isExample(line))).toEqual([]);
  expect(found.filter(isExample).map((line) => Number(line.split(":")[1]))).toEqual(UNTAKEN);
  // The compiler's work on every file: beside others it takes minutes.
}, 900_000);
