import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildProducts } from "../../local/run/build";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import type { ArrivedLogin } from "../completeness/logins";
import { until } from "../completeness/stage";
import { HecServer } from "../destinations/splunk/hecServer";
import { installNodeLanguage } from "../engine/nodeLanguage";
import { useEngine } from "../engine/stack";
import { ensureCluster, type TestCluster } from "./cluster";
import { startZitadelPod, type ZitadelPod } from "./zitadelPod";

/*
 * The example of logins by ZITADEL's log, as it is: on a real cluster, where the log of ZITADEL's pod holds what the
 * bound Actions wrote, to an HTTP Event Collector.
 */
let cluster: TestCluster;
let server: Zitadel;
let zitadelPod: ZitadelPod;
let splunk: HecServer;
const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-logins-splunk-"));
const zitadelNamespace = `zitadel-${randomBytes(4).toString("hex")}`;

const engine = useEngine(async () => {
  await buildProducts((line) => console.log(line));
  return {
    plugins: ["zitadel", "kubernetes", "random"],
    languages: { nodejs: await installNodeLanguage(folder) },
  };
});
beforeAll(async () => {
  cluster = await ensureCluster();
  const host = cluster.hostAddress;
  zitadelPod = await startZitadelPod(cluster, zitadelNamespace);
  server = await startZitadel({ host, externalDomain: host, logins: zitadelPod.logins });
  splunk = await HecServer.start(host);
  splunk.acknowledges = false;
});
afterAll(async () => {
  await server?.close();
  await zitadelPod?.close();
  await cluster?.kubectl("delete", "namespace", zitadelNamespace, "--ignore-not-found", "--wait=false");
  await splunk?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

const arrived = () =>
  splunk.events
    .map(({ event }) => event as ArrivedLogin)
    .filter(({ source }) => source === "stdout")
    .map(({ login }) => login);

test("a login that ZITADEL logs is collected from its pod and arrives in Splunk", async () => {
  const { hostname: domain, port } = new URL(server.url);
  const stack = await engine().folderStack({
    folder: join(__dirname, "..", "..", "examples", "logins-splunk"),
    config: {
      "zitadel:domain": domain,
      "zitadel:port": port,
      "zitadel:insecure": "true",
      "zitadel:jwtProfileJson": { secret: JSON.stringify(server.adminKey) },
      "kubernetes:kubeconfig": { secret: await cluster.kubectl("config", "view", "--raw") },
      organizationId: server.organizationId,
      zitadelNamespace,
      url: splunk.url,
      token: { secret: splunk.token },
    },
  });
  try {
    const up = await stack.up();
    expect(up.diagnostics).toEqual([]);
    const person = { userName: "zoe", firstName: "Zoe", lastName: "Unal", email: "zoe@example.test" };
    await server.users.addHuman(server.administrator, person);
    const attempts = [
      await server.signIn({ loginName: "zoe", password: "wrong" }),
      await server.signIn({ loginName: "zoe" }),
      await server.signIn({
        loginName: "zoe",
        identityProvider: { id: "400717690106280001", externalUserId: "subject-4711" },
      }),
    ];
    expect(attempts.map(({ runs }) => runs)).toEqual([1, 1, 1]);
    await until("three logins have arrived", 120, () => arrived().length >= 3, undefined, 200);
    const ids = attempts.map(({ authRequest }) => authRequest);
    expect(
      arrived().sort((a, b) => ids.indexOf(String(a.authRequest)) - ids.indexOf(String(b.authRequest))),
    ).toMatchObject([
      { authRequest: ids[0], flow: "internal", outcome: "failure", user: { loginName: "zoe" } },
      { authRequest: ids[1], flow: "internal", outcome: "success", user: { loginName: "zoe" } },
      { authRequest: ids[2], flow: "external", outcome: "success", user: { loginName: "zoe" } },
    ]);
  } finally {
    await stack.destroy();
  }
});
