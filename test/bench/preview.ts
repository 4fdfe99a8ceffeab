import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalEngine } from "../../local/engine";
import type { LocalStack } from "../../local/engineStack";
import { startWorkload } from "../../local/workload/server";
import { Warden } from "../../local/workload/warden";
import { buildPlugin } from "../../tools/plugin/buildPlugin";
import { ensurePulumi, ensureYamlLanguage, type Say } from "../../tools/pulumi/ensurePulumi";
import { type Figure, type Measurement, median } from "./figure";
import { withComponent, writeYamlWithComponent, writeYamlWrittenOut, writtenOut } from "./writtenOut";

const components = join(__dirname, "..", "..", "components");

export interface PreviewSize {
  rounds: number;
}

/** A stack of each way to declare the same. */
type Ways = Record<"writtenOut" | "component", LocalStack>;

/**
 * How long `pulumi preview` of the component takes, beside that of the same resources written out: in process, from
 * YAML with the plugin installed, and from YAML with the package as Node's language host starts it.
 */
export function preview({ rounds }: PreviewSize): Measurement {
  return {
    name: "preview",
    run: async (say) => {
      const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-preview-"));
      const warden = new Warden(folder);
      const workload = await startWorkload(join(folder, "workload"), warden);
      const bundle = readFileSync(join(components, "dist", "forwarder.cjs"), "utf8");
      const plugin = join(folder, "plugin");
      await buildPlugin(components, plugin);
      const engine = await openEngine(say, plugin, workload.environment);
      const withRunPlugin = await openEngine(say, components, workload.environment);
      try {
        const yaml = { writtenOut: writeYamlWrittenOut(folder), component: writeYamlWithComponent(folder) };
        const yamlWrittenOut = await engine.folderStack({ folder: yaml.writtenOut });
        return [
          ...(await compare("preview in process", say, rounds, {
            writtenOut: await engine.inlineStack({ project: "written-out", program: writtenOut(bundle) }),
            component: await engine.inlineStack({ project: "component", program: withComponent }),
          })),
          ...(await compare("preview from YAML", say, rounds, {
            writtenOut: yamlWrittenOut,
            component: await engine.folderStack({ folder: yaml.component }),
          })),
          // Most of this is how Pulumi starts a package in Node; the plugin is there because of it.
          ...(
            await compare("preview from YAML by run-plugin", say, rounds, {
              writtenOut: yamlWrittenOut,
              component: await withRunPlugin.folderStack({ folder: yaml.component }),
            })
          ).map((figure) => ({ ...figure, aim: undefined })),
        ];
      } finally {
        engine.close();
        withRunPlugin.close();
        await workload.close();
        await warden.close();
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

async function openEngine(say: Say, siem: string, environment: Record<string, string>): Promise<LocalEngine> {
  return LocalEngine.open({
    pulumi: await ensurePulumi(say),
    plugins: ["kubernetes", "zitadel"],
    components: { "zitadel-siem": siem },
    languages: { yaml: await ensureYamlLanguage(say) },
    environment,
    asInstalled: true,
  });
}

/** Previews both in turns, once before the rounds begin. */
async function compare(what: string, say: Say, rounds: number, ways: Ways): Promise<Figure[]> {
  requireSame(await timed(ways.writtenOut), await timed(ways.component));
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
