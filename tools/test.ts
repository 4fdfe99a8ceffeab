/**
 * `npm test`: checks, builds, and runs every stage of the tests, saying what it does while it does it.
 *
 * What the later stages need (the engine of Actions, the Pulumi engine, the cluster's binaries) is built in the
 * background while the earlier stages run, and kept in `${XDG_CACHE_HOME:-~/.cache}/zitadel-siem`, keyed by the
 * lock files.
 *
 * `npm test -- unit engine` runs those stages only. The last line is `N passed, N failed`.
 */
import "../local/run/nodeVersion";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

interface Stage {
  name: string;
  /** Commands that must have succeeded before the stage starts. */
  needs: Preparation[];
}

interface Preparation {
  what: string;
  command: string[];
}

const products: Preparation = {
  what: "the SDK, the components and the forwarder",
  command: [bin("tsx"), "tools/build.ts"],
};
const actions: Preparation = {
  what: "the engine of ZITADEL's Actions",
  command: [bin("tsx"), "tools/goja/ensureActionEngine.ts"],
};
const engine: Preparation = {
  what: "the Pulumi engine",
  command: [bin("tsx"), "tools/pulumi/ensurePulumi.ts"],
};
const collector: Preparation = {
  what: "an OpenTelemetry Collector",
  command: ["nice", bin("tsx"), "tools/collector/ensureCollector.ts"],
};
const opensearch: Preparation = {
  what: "OpenSearch",
  command: ["nice", "bash", "tools/opensearch/build.sh"],
};
const kafka: Preparation = { what: "Kafka", command: ["nice", "bash", "tools/kafka/build.sh"] };
const cluster: Preparation = { what: "the cluster's binaries", command: ["bash", "tools/cluster/build.sh"] };

const stages: Stage[] = [
  { name: "unit", needs: [products] },
  { name: "actions", needs: [products, actions] },
  { name: "engine", needs: [products, actions, engine] },
  { name: "destinations", needs: [products, collector, opensearch, kafka] },
  { name: "cluster", needs: [products, actions, engine, cluster] },
  { name: "completeness", needs: [products] },
];

function say(line: string): void {
  console.log(`[${(performance.now() / 1000).toFixed(0).padStart(5)} s] ${line}`);
}

/** Runs a command with its output shown; resolves with its exit code. */
function run([command, ...args]: string[], environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command!, args, {
      cwd: root,
      env: environment,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Starts the preparations one after another; each is a promise that a stage waits for. */
function prepare(wanted: Preparation[]): Map<Preparation, Promise<void>> {
  let before: Promise<unknown> = Promise.resolve();
  const running = new Map<Preparation, Promise<void>>();
  for (const preparation of wanted) {
    const done = before.then(async () => {
      say(`preparing ${preparation.what}`);
      const code = await run(preparation.command);
      if (code !== 0) throw new Error(`preparing ${preparation.what} failed (exit code ${code})`);
      say(`ready: ${preparation.what}`);
    });
    done.catch(() => undefined); // reported by the stage that waits for it
    before = done.catch(() => undefined);
    running.set(preparation, done);
  }
  return running;
}

async function runStage(stage: Stage, reports: string): Promise<{ passed: number; failed: number }> {
  const report = join(reports, `${stage.name}.json`);
  say(`tests: ${stage.name}`);
  const code = await run([
    bin("vitest"),
    "run",
    "--project",
    stage.name,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  const {
    numPassedTests: passed,
    numFailedTests,
    numTotalTests,
  } = JSON.parse(readFileSync(report, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numTotalTests: number;
  };
  if (numTotalTests === 0) throw new Error(`the stage ${stage.name} ran no test`);
  const failed = numFailedTests === 0 && code !== 0 ? 1 : numFailedTests;
  say(
    `tests: ${stage.name}: ${passed} passed, ${failed} failed, ${numTotalTests - passed - numFailedTests} skipped`,
  );
  return { passed, failed };
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const chosen = asked.length === 0 ? stages : stages.filter(({ name }) => asked.includes(name));
  if (chosen.length < asked.length) {
    console.error(`Stages are: ${stages.map(({ name }) => name).join(", ")}.`);
    process.exit(2);
  }
  const reports = mkdtempSync(join(tmpdir(), "zitadel-siem-tests-"));
  const total = { passed: 0, failed: 0 };
  try {
    if (asked.length === 0) {
      say("checking types, lint and generated files");
      if ((await run(["npm", "run", "--silent", "check"])) !== 0) total.failed += 1;
    }
    const preparations = prepare([...new Set(chosen.flatMap(({ needs }) => needs))]);
    for (const stage of chosen) {
      try {
        await Promise.all(stage.needs.map((need) => preparations.get(need)));
        const { passed, failed } = await runStage(stage, reports);
        total.passed += passed;
        total.failed += failed;
      } catch (error) {
        say(`tests: ${stage.name}: not run: ${(error as Error).message}`);
        total.failed += 1;
      }
    }
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 ? 0 : 1);
}

void main();
