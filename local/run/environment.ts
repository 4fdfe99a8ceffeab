/** The two ends of a run: the ZITADEL that is read and the receiver that is delivered to. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StreamLogins } from "../../components/arguments";
import { ensureActionEngine } from "../../tools/goja/ensureActionEngine";
import type { Say } from "../../tools/pulumi/ensurePulumi";
import { startReceiver } from "../receiver";
import { LoggedPods } from "../workload/loggedPods";
import type { Supervisor } from "../workload/supervisor";
import { type LoginTraffic, startLogins } from "../zitadel/loginTraffic";
import { startZitadel } from "../zitadel/server";
import { startTraffic } from "../zitadel/traffic";
import { type Delivered, FileDelivered, MetricsDelivered } from "./delivered";
import type { ExistingZitadel } from "./options";
import { openApi } from "./trial";
import { ApiWritten, StoreWritten, type Written } from "./written";

/** The ZITADEL of a run. */
export interface Source {
  url: URL;
  organizationId: string;
  /** Machine key (JSON) of an administrator. */
  adminKey: string;
  /** Where the forwarder begins. */
  startFrom: string;
  /** What the stack is to declare of logins; undefined where nobody signs in. */
  logins: StreamLogins | undefined;
  /** How many proxies in front of it say where a client comes from. */
  trustedProxies: number;
  written(readerUserId: string): Promise<Written>;
  /** Has people sign in from now on: when the Actions are bound that report it. */
  signIn(): LoginTraffic | undefined;
  /** Ends the traffic that the run itself causes. */
  stopTraffic(): Promise<void>;
  close(): Promise<void>;
}

/** The receiver of a run. */
export interface Destination {
  url: string;
  token: string;
  /** @param metricsUrls the metrics of the forwarder's pods, in the order of their ordinals */
  delivered(metricsUrls: () => readonly string[]): Delivered;
  close(): Promise<void>;
}

/** Any number makes good traffic; a fixed one makes the same each time. */
const SEED = 1;
/** How people sign in: one of each kind at the beginning, then steadily. */
const SIGN_INS = { seed: SEED, people: 5, atOnce: 4, loginsPerSecond: 0.5 };
/** ZITADEL's pod, as its chart makes one, where there is no cluster: its log is the stand-in's. */
const POD = { namespace: "zitadel", name: "zitadel-5d9c7b6f4-x2x7p" };
const POD_LABELS = { "app.kubernetes.io/name": "zitadel", "app.kubernetes.io/component": "start" };

export async function startStandIn(
  folder: string,
  eventsPerSecond: number,
  supervisor: Supervisor,
  say: Say,
): Promise<Source> {
  const engine = await ensureActionEngine(say);
  const pods = new LoggedPods(POD.namespace, POD_LABELS);
  supervisor.addLoggedPods(pods);
  pods.addPod(POD.name);
  const database = join(folder, "zitadel.sqlite");
  const zitadel = await startZitadel({
    database,
    logins: {
      engine,
      onLogLine: (line) => pods.write(POD.name, [line]),
      reach: (script) => supervisor.network.reach(script),
    },
  });
  const traffic = startTraffic(zitadel, { seed: SEED, eventsPerSecond, withoutChecks: true });
  let signIns: LoginTraffic | undefined;
  const stopTraffic = async () => {
    await signIns?.stop();
    await traffic.stop();
  };
  say(`ZITADEL stand-in at ${zitadel.url}: an organization, users, ${eventsPerSecond} events a second`);
  return {
    url: new URL(zitadel.url),
    organizationId: zitadel.organizationId,
    adminKey: JSON.stringify(zitadel.adminKey),
    startFrom: "beginning",
    logins: {
      organizations: [{ id: zitadel.organizationId }],
      secrets: ["local"],
      webhook: {},
      stdout: { namespace: POD.namespace },
    },
    trustedProxies: 1,
    written: async () => new StoreWritten(database),
    signIn() {
      say(
        "people sign in: with the right password, a wrong one, an unknown name, an identity provider; " +
          "then one every 2 s, and Actions report it by webhook and by log",
      );
      signIns = startLogins(zitadel, SIGN_INS);
      return signIns;
    },
    stopTraffic,
    async close() {
      await stopTraffic();
      await zitadel.close();
    },
  };
}

export function openZitadel({ url, keyFile, organizationId }: ExistingZitadel, say: Say): Source {
  const adminKey = readFileSync(keyFile, "utf8");
  say(`ZITADEL at ${url.origin}: its own events, from now on`);
  const api = openApi(url, adminKey);
  return {
    url,
    organizationId,
    adminKey,
    startFrom: "deployment",
    logins: undefined,
    trustedProxies: 0,
    written: (readerUserId) => ApiWritten.open(api, readerUserId),
    signIn: () => undefined,
    async stopTraffic() {},
    async close() {},
  };
}

export async function startOwnReceiver(folder: string, say: Say): Promise<Destination> {
  const token = randomBytes(24).toString("base64url");
  const file = join(folder, "received.ndjson");
  const receiver = await startReceiver({ file, token });
  say(`receiver at ${receiver.url}: appends to ${file}`);
  return {
    url: receiver.url,
    token,
    delivered: () => new FileDelivered(file),
    close: () => receiver.close(),
  };
}

export function openReceiver(url: URL, say: Say): Destination {
  say(`receiver at ${url}: gets a bearer token made for this run`);
  return {
    url: url.href,
    token: randomBytes(24).toString("base64url"),
    delivered: (metricsUrls) => new MetricsDelivered(metricsUrls),
    async close() {},
  };
}
