import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clearEnvironment, engineEnvironment } from "../../local/engineEnvironment";
import { installPlugins, missingPlugins } from "../../local/enginePlugins";
import { isNewEnough } from "../../tools/pulumi/ensurePulumi";

const hostile = {
  PATH: "/mine",
  HOME: "/home/me",
  LANG: "C.UTF-8",
  KUBECONFIG: "/home/me/.kube/config",
  PULUMI_BACKEND_URL: "https://api.example.com",
  PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
  PULUMI_HOME: "/home/me/.pulumi",
  AWS_PROFILE: "me",
  GOOGLE_APPLICATION_CREDENTIALS: "me",
  AZURE_TENANT_ID: "me",
  ZITADEL_TOKEN: "me",
  NODE_OPTIONS: "--require=/mine.js",
  HTTPS_PROXY: "http://proxy",
};

describe("the engine's environment", () => {
  it("takes nothing from the person's but language, time zone and authorities", () => {
    const environment = engineEnvironment(hostile, {
      runId: "run",
      passphrase: "secret",
      path: ["/plugins"],
      home: "/run/home",
      pulumiHome: "/run/pulumi",
      state: "/run/state",
    });
    const taken = Object.entries(hostile).filter(([name, value]) => environment[name as "PATH"] === value);
    expect(taken).toEqual([["LANG", "C.UTF-8"]]);
    expect(environment).toMatchObject({
      HOME: "/run/home",
      PULUMI_HOME: "/run/pulumi",
      PULUMI_BACKEND_URL: "file:///run/state",
      PATH: "/plugins:/usr/local/bin:/usr/bin:/bin",
    });
  });

  it("is cleared in this process too, where inline programs run", () => {
    const environment: NodeJS.ProcessEnv = { ...hostile };
    clearEnvironment(environment);
    expect(Object.keys(environment).sort()).toEqual(["HOME", "LANG", "PATH"]);
  });
});

describe("the local plugins", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zitadel-siem-plugins-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("refuse to start without the marker of a run, or with one of a run that is not there", async () => {
    const [plugin] = await installPlugins(["random"], folder);
    const command = join(plugin!.folder, "pulumi-resource-random");
    const log = join(folder, "log");
    const start = (marker: Record<string, string>) =>
      spawnSync(command, ["127.0.0.1:1"], {
        env: { PATH: "/usr/bin:/bin", ...marker },
        encoding: "utf8",
        timeout: 5000,
      });
    const refusal = "is a plugin for local runs of this project";
    expect(start({}).stderr).toContain(refusal);
    expect(start({ ZITADEL_SIEM_LOCAL_RUN: "1", ZITADEL_SIEM_LOCAL_RUN_LOG: log }).stderr).toContain(refusal);
    writeFileSync(log, "2\n");
    const stranger = start({ ZITADEL_SIEM_LOCAL_RUN: "1", ZITADEL_SIEM_LOCAL_RUN_LOG: log });
    expect(stranger).toMatchObject({ status: 1, stdout: "" });
    expect(stranger.stderr).toContain(refusal);
  });

  it("are missed where the engine took others", () => {
    const expected = ["zitadel", "random"].map((name) => ({ name, folder: `/run/plugins/${name}` }));
    const own = "/run/plugins/random/pulumi-resource-random.cjs";
    expect(missingPlugins(expected, [own, "/usr/bin/pulumi-resource-zitadel"])).toEqual(["zitadel"]);
    expect(missingPlugins(expected, [own, "/run/plugins/zitadel-other/x"])).toEqual(["zitadel"]);
    expect(missingPlugins(expected, [own, "/run/plugins/zitadel/x"])).toEqual([]);
  });
});

describe("an engine on PATH", () => {
  it.each([
    ["3.270.0", true],
    ["3.300.0", true],
    ["4.0.0", true],
    ["3.269.9", false],
    ["2.999.0", false],
  ])("of version %s is new enough: %s", (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });
});
