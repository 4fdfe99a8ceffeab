import { join } from "node:path";
import { afterAll } from "vitest";
import { buildProducts } from "../../local/run/build";
import { ensureYamlLanguage } from "../../tools/pulumi/ensurePulumi";
import { installNodeLanguage } from "./nodeLanguage";
import { useEngine } from "./stack";
import { openStage, type Stage } from "./stage";

/**
 * The real engine for programs in folders, in TypeScript's runtime and in YAML, with every plugin and a stage of its
 * own, for the tests of one file. Call it at the top level.
 *
 * @param opened takes the stage once it is open
 */
export function useFolderPrograms(opened: (stage: Stage) => void) {
  let stage: Stage | undefined;
  const engine = useEngine(async () => {
    await buildProducts(() => undefined);
    stage = await openStage();
    opened(stage);
    return {
      plugins: ["zitadel", "kubernetes", "random"],
      components: { "zitadel-siem": join(__dirname, "..", "..", "components") },
      languages: {
        nodejs: await installNodeLanguage(stage.folder),
        yaml: await ensureYamlLanguage((line) => console.log(line)),
      },
      environment: { ...stage.workload.environment, PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
    };
  });
  afterAll(() => stage?.close());
  return engine;
}
