import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalEngine } from "../../local/engine";
import type { LocalStack } from "../../local/engineStack";
import { startWorkload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";
import { ensurePulumi, ensureYamlLanguage, type Say } from "../../tools/pulumi/ensurePulumi";
import { type Figure, type Measurement, median } from "./figure";
import { withComponent, writeYamlWithComponent, writeYamlWrittenOut, writtenOut } from "./writtenOut";

const components = join(__dirname, "..", "..", "components");

export interface PreviewSize {
  rounds: number;
}

/** A stack of each way to declare the same. */
type Ways = Record<"writtenOut" | "component", LocalStack>;

/** How long `pulumi preview` of the component takes, beside that of the same resources written out. */
export function preview({ rounds }: PreviewSize): Measurement {
  return {
    name: "preview",
    run: async (say) => {
      const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-preview-"));
      const warden = new Warden(folder);
      const workload = await startWorkload(join(folder, "workload"), warden);
      const bundle = readFileSync(join(components, "dist", "forwarder.cjs"), "utf8");
      const sources = componentsWithoutCompiled(folder);
      try {
        const open = (package_: string) => openEngine(say, package_, workload.environment);
        const figures = await onEngine(await open(components), async (engine) => [
          ...(await compare("preview in process", say, rounds, {
            writtenOut: await engine.inlineStack({ project: "written-out", program: writtenOut(bundle) }),
            component: await engine.inlineStack({ project: "component", program: withComponent }),
          })),
          ...(await compare("preview from YAML", say, rounds, await yamlStacks(engine, folder, "compiled"))),
        ]);
        const [fromSources] = await onEngine(await open(sources), async (engine) =>
          compare(
            "preview from YAML, entry point in TypeScript",
            say,
            1,
            await yamlStacks(engine, folder, "sources"),
          ),
        );
        return [...figures, { ...fromSources!, aim: undefined }];
      } finally {
        await workload.close();
        await warden.close();
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

async function openEngine(
  say: Say,
  package_: string,
  environment: Record<string, string>,
): Promise<LocalEngine> {
  return LocalEngine.open({
    pulumi: await ensurePulumi(say),
    plugins: ["kubernetes", "zitadel"],
    components: { "zitadel-siem": package_ },
    languages: { yaml: await ensureYamlLanguage(say) },
    environment,
  });
}

async function onEngine<Result>(
  engine: LocalEngine,
  work: (engine: LocalEngine) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(engine);
  } finally {
    engine.close();
  }
}

async function yamlStacks(engine: LocalEngine, folder: string, name: string): Promise<Ways> {
  const parent = join(folder, name);
  mkdirSync(parent);
  return {
    writtenOut: await engine.folderStack({ folder: writeYamlWrittenOut(parent) }),
    component: await engine.folderStack({ folder: writeYamlWithComponent(parent) }),
  };
}

/** Previews both in turns, once before the rounds begin. */
async function compare(what: string, say: Say, rounds: number, ways: Ways): Promise<Figure[]> {
  await requireSame(await timed(ways.writtenOut), await timed(ways.component));
  const seconds = { writtenOut: [] as number[], component: [] as number[] };
  for (let round = 1; round <= rounds; round++)
    for (const way of ["writtenOut", "component"] as const)
      seconds[way].push((await timed(ways[way])).seconds);
  say(
    `${what}: written out ${median(seconds.writtenOut).toFixed(2)} s, component ${median(seconds.component).toFixed(2)} s`,
  );
  return [
    {
      what: `${what}, component to written out`,
      rounds: seconds.component.map((taken, round) => taken / seconds.writtenOut[round]!),
      unit: "",
      aim: { atMost: 1.2 },
    },
    { what: `${what}, written out`, rounds: seconds.writtenOut, unit: "s" },
    { what: `${what}, component`, rounds: seconds.component, unit: "s" },
  ];
}

async function timed(stack: LocalStack) {
  const startedAt = performance.now();
  const { steps } = await stack.preview();
  return { seconds: (performance.now() - startedAt) / 1000, steps };
}

type Previewed = Awaited<ReturnType<typeof timed>>;

/** Throws unless both create the same kinds of resources, apart from stack and components. */
function requireSame(writtenOut: Previewed, component: Previewed): void {
  const kinds = ({ steps }: Previewed) =>
    steps
      .map(({ type }) => type)
      .filter((type) => type.startsWith("kubernetes:"))
      .sort()
      .join(" ");
  if (kinds(writtenOut) === kinds(component)) return;
  throw new Error(`not the same is previewed:\n${kinds(writtenOut)}\n${kinds(component)}`);
}

/** A copy of the components' package that has its entry point in TypeScript, as a clone has before a build. */
function componentsWithoutCompiled(parent: string): string {
  const copy = join(parent, "components");
  cpSync(components, copy, {
    recursive: true,
    filter: (path) => !/\/(dist\/(?!forwarder\.cjs)|node_modules)/.test(path.slice(components.length)),
  });
  const { main: _, types: __, ...manifest } = JSON.parse(readFileSync(join(copy, "package.json"), "utf8"));
  writeFileSync(join(copy, "package.json"), JSON.stringify({ ...manifest, main: "index.ts" }));
  symlinkSync(join(components, "..", "node_modules"), join(parent, "node_modules"));
  return copy;
}
