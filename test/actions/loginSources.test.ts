import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LoginScript, loginScript } from "../../components/actions/loginScript";
import type { ConfigurationInput } from "../../contract";
import { EXTRA_FIELDS } from "../../contract/declaration/logins";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { PLANTED } from "../../local/zitadel/signIn";
import { ensureActionEngine } from "../../tools/goja/ensureActionEngine";
import { FaultyReceiver } from "../completeness/faultyReceiver";
import { ForwarderCluster } from "../completeness/forwarderCluster";
import { ForwarderProcess } from "../completeness/forwarderProcess";
import { type ArrivedLogin, loginsIn } from "../completeness/logins";
import { Random } from "../completeness/random";
import { until } from "../completeness/stage";

/** Logins of the stand-in from both sources, each to a forwarder of its own, so that neither repeats the other. */

const secret = "q7Zk2V0u8sFqPz3mJd5xTn9bRw6yHc1L";
const POD = "zitadel-5d9c7b6f4-x2x7p";

let folder: string;
let zitadel: Zitadel;
let cluster: ForwarderCluster;
const running: { forwarder: ForwarderProcess; receiver: FaultyReceiver }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "zitadel-siem-sources-"));
  cluster = await ForwarderCluster.start(join(folder, "cluster"));
  cluster.pods.addPod(POD);
  const engine = await ensureActionEngine((line) => console.log(line));
  zitadel = await startZitadel({
    logins: { engine, onLogLine: (line) => cluster.pods.write(POD, [line]) },
  });
});
afterEach(async () => {
  for (const { forwarder, receiver } of running.splice(0)) {
    await forwarder.kill();
    await receiver.close();
  }
  await zitadel.close();
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startForwarder(source: "webhook" | "stdout") {
  const own = join(folder, source);
  mkdirSync(own);
  const receiver = await FaultyReceiver.start(join(own, "arrived.ndjson"), new Random(1));
  const file = `logins/${zitadel.organizationId}/2026-11`;
  const configuration: ConfigurationInput = {
    zitadel: {
      issuer: zitadel.issuer,
      credentials: { machineKeyFiles: ["zitadel/key.json"] },
      trustedProxies: 1,
    },
    events: { startFrom: "beginning" },
    destinations: [{ name: "siem", http: { url: receiver.url } }],
    logins: {
      organizations: [{ id: zitadel.organizationId, secretFiles: [file] }],
      ...(source === "webhook" ? { webhook: {} } : { stdout: { namespace: "zitadel" } }),
    },
  };
  const forwarder = new ForwarderProcess({
    folder: own,
    configuration,
    secrets: { "zitadel/key.json": JSON.stringify(zitadel.adminKey), [file]: secret },
    ...(source === "stdout" && { checkpoint: cluster.url, serviceAccount: cluster.serviceAccount }),
  });
  running.push({ forwarder, receiver });
  await forwarder.start();
  return { forwarder, arrived: () => loginsIn(receiver.file) };
}

async function report(flow: LoginScript["flow"], port: number): Promise<void> {
  const name = `siem_${flow}`;
  const script = loginScript({
    actionName: name,
    organizationId: zitadel.organizationId,
    secret,
    flow,
    trigger: "post authentication",
    webhook: { url: `http://127.0.0.1:${port}/logins` },
    log: true,
    extraFields: EXTRA_FIELDS,
  });
  const fields = { name, script, timeout: 10_000_000_000, allowedToFail: true };
  const { aggregateId } = await zitadel.actions.add(zitadel.administrator, fields);
  await zitadel.actions.bind(zitadel.administrator, flow === "internal" ? 3 : 1, 1, [aggregateId]);
}

it("arrives at the receiver by webhook and by stdout with equal content, right and wrong, internal and external", async () => {
  const person = { userName: "zoë", firstName: "Zoë", lastName: "Ünal", email: "zoe@example.test" };
  await zitadel.users.addHuman(zitadel.administrator, person);
  const webhook = await startForwarder("webhook");
  const stdout = await startForwarder("stdout");
  const isReady = async (forwarder: ForwarderProcess) => (await forwarder.health("/readyz"))?.status === 200;
  await until("both forwarders are ready", 120, async () =>
    (await Promise.all([webhook.forwarder, stdout.forwarder].map(isReady))).every(Boolean),
  );
  await report("internal", webhook.forwarder.webhookPort);
  await report("external", webhook.forwarder.webhookPort);

  const browser = { userAgent: 'Fire "fox"\\ \u2028 100 % 界', forwardedFor: "203.0.113.7" };
  const provider = { id: "77", externalUserId: "sub-1" };
  await zitadel.signIn({ loginName: "zoë", password: "wrong", ...browser });
  await zitadel.signIn({ loginName: "zoë", ...browser });
  await zitadel.signIn({ loginName: "nobody", ...browser });
  await zitadel.signIn({ loginName: "zoë", identityProvider: provider, ...browser });
  await zitadel.signIn({
    loginName: "new",
    identityProvider: { ...provider, error: "ID=EXTERN-1 Message=x" },
  });

  const sources = [webhook, stdout] as const;
  await until(
    "four logins have arrived from each source",
    120,
    () => sources.every(({ arrived }) => arrived().length >= 4),
    () => `${sources.map(({ arrived }) => arrived().length).join(" and ")} have`,
    200,
  );
  const content = ({ source, ...record }: ArrivedLogin) => ({ ...record, observedDate: undefined });
  expect(webhook.arrived().map(content)).toEqual(stdout.arrived().map(content));
  expect(webhook.arrived().map(({ source }) => source)).toEqual(Array(4).fill("webhook"));
  expect(stdout.arrived().map(({ source }) => source)).toEqual(Array(4).fill("stdout"));
  expect(stdout.arrived().map(({ login }) => login)).toMatchObject([
    { flow: "internal", outcome: "failure", error: "COMMAND-3M0fs", sourceIp: "203.0.113.7" },
    { flow: "internal", outcome: "success", user: { loginName: "zoë" }, userAgent: browser.userAgent },
    { flow: "external", outcome: "success", identityProvider: "77", user: { loginName: "zoë" } },
    { flow: "external", outcome: "failure", error: "EXTERN-1", identityProvider: "77" },
  ]);
  const text = JSON.stringify([webhook.arrived(), stdout.arrived()]);
  for (const one of [...Object.values(PLANTED), secret]) expect(text).not.toContain(one);
});
