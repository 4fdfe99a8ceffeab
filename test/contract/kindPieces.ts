import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const repository = join(__dirname, "..", "..");
const left = /(^|\/)(node_modules|dist|\.git|golden|bench|completeness|cluster|engine)(\/|$)/;

/** A copy of the tree in a folder, as far as a kind of destination has to do with it. */
export function copyTree(folder: string): void {
  cpSync(repository, folder, { recursive: true, filter: (path) => !left.test(relative(repository, path)) });
  for (const place of [".", ...readdirSync(repository)]) {
    const modules = join(repository, place, "node_modules");
    try {
      readdirSync(modules);
    } catch {
      continue;
    }
    symlinkSync(modules, join(folder, place, "node_modules"));
  }
}

/** What a kind of destination is made of: a file of its own, or a line in a file that is there. */
export interface Piece {
  file: string;
  /** The new file's text, or what becomes of the one that is there. */
  text: string | ((before: string) => string);
}

const after = (mark: string, line: string) => (before: string) => {
  if (!before.includes(mark)) throw new Error(`there is no ${mark}`);
  return before.replace(mark, `${mark}${line}`);
};

/** A kind that writes records to a file: every piece of it, by what it is. */
export const pieces: { [what: string]: Piece } = {
  description: {
    file: "contract/destinations/file.ts",
    text: `import * as z from "zod";
import { text } from "../schema/values";
import type { DestinationKind } from "./kind";

const settings = z
  .strictObject({ path: text.meta({ description: "Path of the file." }) })
  .meta({ typeName: "FileDestination", typeDescription: "A file." });

export const file = {
  settings,
  description: "Write records to a file, a JSON line each. Delivered means: written.",
  formats: ["zitadel", "ecs", "ocsf", "otel"],
  acknowledgement: () => "sent",
  ports: () => [],
} satisfies DestinationKind<typeof settings>;
`,
  },
  delivery: {
    file: "forwarder/destinations/file/fileDestination.ts",
    text: `import { appendFile } from "node:fs/promises";
import type { Batch, Destination, Outcome } from "../destination";
import type { DestinationFactory } from "../factory";
import { recordsBody } from "../recordsBody";

class FileDestination implements Destination {
  readonly kind = "file";
  readonly level = "sent";

  constructor(private readonly path: string) {}

  async deliver(batch: Batch): Promise<Outcome> {
    try {
      await appendFile(this.path, recordsBody(batch.records, "ndjson"));
      return { kind: "acknowledged" };
    } catch {
      return { kind: "retry", reason: "the file takes nothing" };
    }
  }

  async close(): Promise<void> {}
}

export const file: DestinationFactory<{ path: string }> = { create: ({ path }) => new FileDestination(path) };
`,
  },
  page: {
    file: "docs/destinations/file.md",
    text: `# File

Records go to a file. [examples/file](../../examples/file) is a complete program.
[All settings](../reference/arguments.md#filedestination).

## What an acknowledgement means

Level *sent*: the line was written.
`,
  },
  example: {
    file: "examples/file/index.ts",
    text: () =>
      readFileSync(join(repository, "examples/stdout/index.ts"), "utf8").replace(
        "stdout: {}",
        'file: { path: "/records" }',
      ),
  },
  "the contract's list of kinds": {
    file: "contract/destinations/registry.ts",
    text: (before) =>
      after(
        "destinationKinds = {\n",
        "  file,\n",
      )(after('"./collector";\n', 'import { file } from "./file";\n')(before)),
  },
  "the forwarder's list of kinds": {
    file: "forwarder/destinations/registry.ts",
    text: (before) =>
      after(
        "DestinationSettings<Kind>> } = {\n",
        "  file,\n",
      )(after('"./factory";\n', 'import { file } from "./file/fileDestination";\n')(before)),
  },
  "the README's list": {
    file: "README.md",
    text: after("[`stdout`](docs/destinations/stdout.md)", ", [`file`](docs/destinations/file.md)"),
  },
  "the list of examples": {
    file: "examples/README.md",
    text: (before) => `${before}\n[file](file)\n`,
  },
};

/** What the files of the pieces hold without them; undefined of one that is not there. */
function present(file: string): string | undefined {
  try {
    return readFileSync(join(repository, file), "utf8");
  } catch {
    return undefined;
  }
}

/** The files that are there already and that a kind changes. */
export const touched = Object.values(pieces)
  .map(({ file }) => file)
  .filter((file) => present(file) !== undefined);

/** Puts a piece into a copy of the tree. */
export function putIn({ file, text }: Piece, folder: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof text === "string" ? text : text(present(file) ?? ""));
}

/** Takes a piece out of a copy of the tree again. */
export function takeOut({ file }: Piece, folder: string): void {
  const before = present(file);
  if (before === undefined) rmSync(join(folder, file));
  else writeFileSync(join(folder, file), before);
}
