import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyTree, pieces, putIn, takeOut, touched } from "./kindPieces";

const LONG = 300_000;
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-kind-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  ok: boolean;
  text: string;
}

function run(command: string, ...args: string[]): Said {
  const path = join(folder, "node_modules", ".bin");
  const { status, stdout, stderr } = spawnSync(join(path, command), args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PATH: `${path}:${process.env.PATH}`, NO_COLOR: "1", VITEST: undefined },
  });
  return { ok: status === 0, text: `${stdout}${stderr}` };
}

/** Whether the forwarder compiles, or what is given. */
const types = (...files: string[]) => {
  const given = files.length > 0 ? files : ["forwarder/main.ts"];
  writeFileSync(join(folder, "kind.json"), JSON.stringify({ extends: "./tsconfig.json", files: given }));
  return run("tsc", "-p", "kind.json");
};
/** Whether the pages about destinations say what they must. */
const pages = () => run("vitest", "run", "--project", "unit", "test/tools/destinationPages.test.ts");
const generate = (...args: string[]) => run("tsx", "tools/generate.ts", ...args);

describe("a kind of destination of one's own", () => {
  beforeAll(() => {
    copyTree(folder);
    for (const piece of Object.values(pieces)) putIn(piece, folder);
  }, LONG);

  it(
    "is out of date in what is generated until it is generated",
    () => {
      expect(generate("--check")).toMatchObject({
        ok: false,
        text: expect.stringContaining("out of date: components/arguments.ts"),
      });
      expect(generate()).toMatchObject({ ok: true });
      const reference = (page: string) => readFileSync(join(folder, "docs", "reference", page), "utf8");
      expect(reference("kinds.md")).toContain("[`file`](#file)");
      expect(reference("arguments.md")).toContain("## FileDestination");
    },
    LONG,
  );

  it(
    "takes files of its own and a line in at most four that are there",
    () => {
      console.log(`touched: ${touched.join(", ")}`);
      expect(touched.length).toBeGreaterThan(0);
      expect(touched.length).toBeLessThanOrEqual(4);
      expect(types("forwarder/main.ts", "components/index.ts", "examples/file/index.ts")).toMatchObject({
        ok: true,
      });
      expect(pages()).toMatchObject({ ok: true });
    },
    LONG,
  );

  it.each([
    ["description", () => types(), "./file"],
    ["delivery", () => types(), "./file/fileDestination"],
    ["the contract's list of kinds", () => types(), "'file' does not exist in type"],
    ["the forwarder's list of kinds", () => types(), "'file' is missing"],
    ["page", pages, "docs/destinations/file.md"],
    ["example", pages, "examples/file"],
    ["the README's list", pages, "docs/destinations/file.md"],
    ["the list of examples", pages, "[file](file)"],
  ])(
    "without %s is refused",
    (what, check, words) => {
      const piece = pieces[what]!;
      takeOut(piece, folder);
      try {
        const { ok, text } = check();
        expect(ok).toBe(false);
        expect(text).toContain(words);
      } finally {
        putIn(piece, folder);
      }
    },
    LONG,
  );

  it("has no piece that nothing misses", () => expect(Object.keys(pieces)).toHaveLength(8));
});
