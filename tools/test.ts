/**
 * `npm test`: checks, builds, and runs every stage of the tests, saying what it does while it does it. The stages run
 * in two rows side by side: one keeps the processors busy, in the other most of the time is waiting.
 *
 * What the later stages need (the engine of Actions, the Pulumi engine, the cluster's binaries) is built in the
 * background while the earlier stages run, and kept in `${XDG_CACHE_HOME:-~/.cache}/zitadel-siem`, keyed by the
 * lock files.
 *
 * `npm test -- unit engine` runs those stages only. At the end stands what failed, and in the last line
 * `N passed, N failed`.
 */
import "../local/run/nodeVersion";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StageOutput } from "./stageOutput";
import { readReport, readUnhandled } from "./testReport";
import { UNHANDLED } from "./unhandledReporter";

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
  command: ["nice", "bash", "tools/search-node/build.sh", "opensearch"],
};
const elasticsearch: Preparation = {
  what: "Elasticsearch",
  command: ["nice", "bash", "tools/search-node/build.sh", "elasticsearch"],
};
const kafka: Preparation = { what: "Kafka", command: ["nice", "bash", "tools/kafka/build.sh"] };
const rsyslog: Preparation = { what: "rsyslog", command: ["bash", "tools/rsyslog/build.sh"] };
const nginx: Preparation = { what: "nginx", command: ["bash", "tools/nginx/build.sh"] };
const cluster: Preparation = { what: "the cluster's binaries", command: ["bash", "tools/cluster/build.sh"] };

/** In the order in which they are made. */
const preparations = [
  products,
  actions,
  engine,
  collector,
  opensearch,
  elasticsearch,
  rsyslog,
  nginx,
  kafka,
  cluster,
];

/** Each row's stages run one after another, the rows side by side. */
const rows: Stage[][] = [
  [
    { name: "unit", needs: [products] },
    { name: "actions", needs: [products, actions] },
    { name: "engine", needs: [products, actions, engine] },
  ],
  [
    { name: "completeness", needs: [products] },
    { name: "destinations", needs: [products, collector, opensearch, elasticsearch, rsyslog, nginx, kafka] },
    { name: "cluster", needs: [products, actions, engine, cluster] },
  ],
];
const stages = rows.flat();

const output = new StageOutput((text) => process.stdout.write(text));

function say(line: string): void {
  console.log(`[${(performance.now() / 1000).toFixed(0).padStart(5)} s] ${line}`);
}

/** Runs a command with more in its environment, its output given to `print`; resolves with its exit code. */
function run(
  [command, ...args]: string[],
  print: (text: string) => void,
  environment: NodeJS.ProcessEnv = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command!, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", print);
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
      const code = await run(preparation.command, (text) => process.stdout.write(text));
      if (code !== 0) throw new Error(`preparing ${preparation.what} failed (exit code ${code})`);
      say(`ready: ${preparation.what}`);
    });
    done.catch(() => undefined); // reported by the stage that waits for it
    before = done.catch(() => undefined);
    running.set(preparation, done);
  }
  return running;
}

interface Outcome {
  passed: number;
  /** A paragraph for each failure. */
  failures: string[];
}

async function runStage(stage: Stage, reports: string): Promise<Outcome> {
  const file = join(reports, `${stage.name}.json`);
  const unhandledFile = join(reports, `${stage.name}-unhandled.json`);
  const reporters = ["default", "json", join(root, "tools", "unhandledReporter.ts")];
  const command = [
    bin("vitest"),
    "run",
    "--project",
    stage.name,
    ...reporters.map((one) => `--reporter=${one}`),
  ];
  say(`tests: ${stage.name}`);
  const pane = output.open();
  const code = await run([...command, `--outputFile.json=${file}`], (text) => pane.print(text), {
    [UNHANDLED]: unhandledFile,
  }).finally(() => pane.close());
  const { passed, skipped, failures } = readReport(JSON.parse(readFileSync(file, "utf8")), root);
  if (passed + skipped + failures.length === 0) throw new Error(`the stage ${stage.name} ran no test`);
  if (existsSync(unhandledFile))
    failures.push(...readUnhandled(JSON.parse(readFileSync(unhandledFile, "utf8")), root));
  if (failures.length === 0 && code !== 0) failures.push(`vitest ended with exit code ${code}`);
  say(`tests: ${stage.name}: ${passed} passed, ${failures.length} failed, ${skipped} skipped`);
  return { passed, failures: failures.map((failure) => `${stage.name}: ${failure}`) };
}

/** Runs the stages of a row, each when what it needs is there. */
async function runRow(
  row: readonly Stage[],
  ready: Map<Preparation, Promise<void>>,
  reports: string,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const stage of row) {
    try {
      await Promise.all(stage.needs.map((need) => ready.get(need)));
      outcomes.push(await runStage(stage, reports));
    } catch (error) {
      say(`tests: ${stage.name}: not run: ${(error as Error).message}`);
      outcomes.push({ passed: 0, failures: [`${stage.name}: not run: ${(error as Error).message}`] });
    }
  }
  return outcomes;
}

async function check(): Promise<Outcome> {
  say("checking types, lint and generated files");
  const code = await run(["npm", "run", "--silent", "check"], (text) => process.stdout.write(text));
  return { passed: 0, failures: code === 0 ? [] : [`npm run check ended with exit code ${code}`] };
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const chosen = rows.map((row) => row.filter(({ name }) => asked.length === 0 || asked.includes(name)));
  if (asked.some((name) => !stages.some((stage) => stage.name === name))) {
    console.error(`Stages are: ${stages.map(({ name }) => name).join(", ")}.`);
    process.exit(2);
  }
  const reports = mkdtempSync(join(tmpdir(), "zitadel-siem-tests-"));
  const outcomes: Outcome[] = [];
  try {
    const checked = asked.length === 0 ? check() : undefined;
    const needed = chosen.flatMap((row) => row.flatMap(({ needs }) => needs));
    const ready = prepare(preparations.filter((preparation) => needed.includes(preparation)));
    outcomes.push(...(await Promise.all(chosen.map((row) => runRow(row, ready, reports)))).flat());
    if (checked) outcomes.push(await checked);
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  for (const failure of failures) console.log(`\nfailed: ${failure}`);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  console.log(`${passed} passed, ${failures.length} failed`);
  process.exit(failures.length === 0 ? 0 : 1);
}

void main();
