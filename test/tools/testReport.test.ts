import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readReport, readUnhandled } from "../../tools/testReport";
import { UNHANDLED } from "../../tools/unhandledReporter";

const files = {
  "mixed.test.js": `
    describe("a lane", () => {
      it("delivers", () => {});
      it("stops", () => { expect(1).toBe(2); });
      it.skip("waits", () => {});
    });`,
  "late.test.js": `
    it("leaves a promise behind", () => { void Promise.reject(new TypeError("terminated")); });`,
  "broken.test.js": `throw new Error("no such module");`,
};

it("names each test that failed, and each file that did not run, with the reason", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-report-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const vitest = join(__dirname, "../../node_modules/vitest/vitest.mjs");
    const reporters = ["json", join(__dirname, "../../tools/unhandledReporter.ts")];
    const options = ["--globals", "--root", folder, ...reporters.map((one) => `--reporter=${one}`)];
    await promisify(execFile)(process.execPath, [vitest, "run", ...options, "--outputFile=report.json"], {
      cwd: folder,
      env: { ...process.env, [UNHANDLED]: join(folder, "unhandled.json") },
    }).catch(() => undefined); // it fails, as the tests do
    const { failures, ...counts } = readReport(
      JSON.parse(readFileSync(join(folder, "report.json"), "utf8")),
      folder,
    );
    expect(counts).toEqual({ passed: 2, skipped: 1 });
    expect(failures.toSorted()).toEqual([
      expect.stringMatching(/^broken\.test\.js\n {2}.*no such module/),
      expect.stringMatching(/^mixed\.test\.js > a lane stops\n {2}AssertionError: expected 1 to be 2/),
    ]);
    const unhandled = JSON.parse(readFileSync(join(folder, "unhandled.json"), "utf8"));
    expect(readUnhandled(unhandled, folder)).toEqual([
      expect.stringMatching(/^Unhandled Rejection: TypeError: terminated\n {2}at .*late\.test\.js:2:/),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
