import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildGoProgram, executablePath, type GoProgram, OPTIMIZED } from "../../tools/pulumi/goProgram";

let folder: string;
let program: GoProgram;
let said: string[];
let outer: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-go-"));
  for (const name of ["bin", "module"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "module", "go.mod"), "module x\n\ngo 1.26\n");
  writeFileSync(join(folder, "module", "go.sum"), "sums");
  program = {
    what: "the engine",
    name: "engine",
    version: "1.2.3",
    module: join(folder, "module"),
    package: "example.com/engine",
    variables: { "example.com/version": "v1.2.3" },
    expectation: "a moment",
    otherwise: "Or install it.",
  };
  said = [];
  outer = { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME };
  process.env.PATH = `${join(folder, "bin")}:/usr/bin:/bin`;
  process.env.XDG_CACHE_HOME = join(folder, "cache");
});

afterEach(() => {
  process.env.PATH = outer.PATH;
  if (outer.XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = outer.XDG_CACHE_HOME;
  rmSync(folder, { recursive: true });
});

/** A `go` that notes how it is called and writes what it was asked for. */
function installGo(
  build = 'while [ "$1" != "-o" ]; do shift; done; mkdir -p $(dirname $2); echo built > "$2"',
): () => string[] {
  const go = join(folder, "bin", "go");
  writeFileSync(go, `#!/bin/sh\necho "$*" >> ${folder}/calls\nif [ "$1" = build ]; then ${build}; fi\n`);
  chmodSync(go, 0o755);
  return () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
}

const build = () => buildGoProgram(program, (line) => said.push(line));

describe("a program that is built from its Go module", () => {
  it("is built once, also by two processes at once, and kept under its version and its modules' hash", async () => {
    const calls = installGo();
    const [first, second] = await Promise.all([build(), build()]);
    expect(first).toBe(second);
    expect(first).toBe(executablePath(program, join(folder, "cache", "zitadel-siem")));
    expect(readFileSync(first, "utf8")).toBe("built\n");
    await build();
    const builds = calls().filter((call) => call.startsWith("build"));
    expect(builds).toHaveLength(1);
    expect(builds[0]).toContain("-ldflags -s -w -X example.com/version=v1.2.3");
    expect(said).toContain("waiting for another process that builds the engine");
    expect(said.filter((line) => line.startsWith("building"))).toEqual([
      "building the engine 1.2.3 from source: a moment, the first time only",
    ]);
    expect(readdirSync(join(folder, "cache", "zitadel-siem"))).toHaveLength(1);

    writeFileSync(join(program.module, "go.sum"), "other sums");
    expect(await build()).not.toBe(first);
  });

  it("is another one where it is to be fast", async () => {
    const calls = installGo();
    const soon = await build();
    process.env[OPTIMIZED] = "true";
    try {
      expect(await build()).not.toBe(soon);
    } finally {
      delete process.env[OPTIMIZED];
    }
    const [first, second] = calls().filter((call) => call.startsWith("build"));
    expect(first).toContain("-gcflags=all=-dwarf=false -l");
    expect(second).not.toContain(" -l ");
  });

  it("takes over the lock of a process that is gone", async () => {
    installGo();
    const lock = `${join(executablePath(program), "..", "..")}.lock`;
    mkdirSync(join(lock, ".."), { recursive: true });
    writeFileSync(lock, "999999999");
    await build();
    expect(said).not.toContain("waiting for another process that builds the engine");
  });

  it("leaves nothing of a build that fails, and says why", async () => {
    installGo("echo no space left >&2; exit 1");
    await expect(build()).rejects.toThrow("the engine: `go build` failed:\nno space left");
    expect(readdirSync(join(folder, "cache", "zitadel-siem"))).toEqual([]);
  });

  it("asks for Go, in which version and what else would do, where there is none", async () => {
    await expect(build()).rejects.toThrow(
      "the engine is not installed and cannot be built: there is no `go` on PATH.\n" +
        "Install Go 1.26 or later: https://go.dev/doc/install\nOr install it.",
    );
  });
});
