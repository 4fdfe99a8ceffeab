import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { thirdPartyNotices } from "./thirdPartyNotices";

/**
 * Bundles the forwarder into one file, components/dist/forwarder.cjs, which the component ships and the pod runs.
 * Beside it go the licences of what is bundled.
 * The same sources and dependencies give the same bytes: no time, no path of this machine, no source map.
 */
const root = join(__dirname, "..");
const outfile = join(root, "components", "dist", "forwarder.cjs");
/** What a ConfigMap takes in all is 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/). Bytes. */
const MOST_BYTES = 1_000_000;

/** Leaves out the parts of dependencies that the forwarder never reaches: more than half of the bundle. */
const withoutUnused: Plugin = {
  name: "without-unused",
  setup({ onLoad, onResolve }) {
    // Of undici only Agent with its request, and the connector: no fetch, no web sockets, no mocks. As an ES module,
    // so that whatever else is imported from undici fails the build.
    onResolve({ filter: /^undici$/ }, ({ resolveDir }) => ({
      path: require.resolve("undici", { paths: [resolveDir] }),
      namespace: "undici-agent",
    }));
    onLoad({ filter: /.*/, namespace: "undici-agent" }, ({ path }) => ({
      resolveDir: dirname(path),
      contents: `
        import Dispatcher from "./lib/dispatcher/dispatcher.js";
        import request from "./lib/api/api-request.js";
        Dispatcher.prototype.request = request;
        export { default as Agent } from "./lib/dispatcher/agent.js";
        export { default as buildConnector } from "./lib/core/connect.js";
      `,
    }));
    // undici's experimental parser, which only an environment variable turns on.
    onLoad({ filter: /undici\/lib\/milo\// }, () => ({ contents: "" }));
    // zod's error texts in other languages.
    onLoad({ filter: /zod\/v4\/locales\/index\./ }, ({ path }) => ({
      resolveDir: dirname(path),
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/** @param file where the bundle goes @param further what else is done to the sources: tests plant bugs */
export async function buildForwarder(file = outfile, further: Plugin[] = []): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["forwarder/main.ts"],
    outfile: file,
    bundle: true,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
    plugins: [withoutUnused, ...further],
  });
  writeFileSync(
    join(dirname(file), "THIRD-PARTY-NOTICES.txt"),
    thirdPartyNotices(root, Object.keys(metafile.inputs)),
  );
  const { size } = statSync(file);
  if (size > MOST_BYTES)
    throw new Error(`The bundle is larger than ${MOST_BYTES} bytes: no ConfigMap takes it`);
}

if (require.main === module) void buildForwarder();
