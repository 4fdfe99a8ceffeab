/** The two ends of a run: the ZITADEL that is read and the receiver that is delivered to. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Say } from "../../tools/pulumi/ensurePulumi";
import { ZitadelApi } from "../plugins/zitadelApi";
import { startReceiver } from "../receiver";
import { startZitadel } from "../zitadel/server";
import { startTraffic } from "../zitadel/traffic";
import { type Delivered, FileDelivered, MetricsDelivered } from "./delivered";
import type { ExistingZitadel } from "./options";
import { ApiWritten, StoreWritten, type Written } from "./written";

/** The ZITADEL of a run. */
export interface Source {
  url: URL;
  organizationId: string;
  /** Machine key (JSON) of an administrator. */
  adminKey: string;
  /** Where the forwarder begins. */
  startFrom: string;
  written(readerUserId: string): Promise<Written>;
  /** Ends the traffic that the run itself causes. */
  stopTraffic(): Promise<void>;
  close(): Promise<void>;
}

/** The receiver of a run. */
export interface Destination {
  url: string;
  token: string;
  /** @param metricsUrl where the forwarder's metrics are */
  delivered(metricsUrl: () => string | undefined): Delivered;
  close(): Promise<void>;
}

/** Any number makes good traffic; a fixed one makes the same each time. */
const SEED = 1;

export async function startStandIn(folder: string, eventsPerSecond: number, say: Say): Promise<Source> {
  const database = join(folder, "zitadel.sqlite");
  const zitadel = await startZitadel({ database });
  const traffic = startTraffic(zitadel, { seed: SEED, eventsPerSecond });
  say(`ZITADEL stand-in at ${zitadel.url}: an organization, users, ${eventsPerSecond} events a second`);
  return {
    url: new URL(zitadel.url),
    organizationId: zitadel.organizationId,
    adminKey: JSON.stringify(zitadel.adminKey),
    startFrom: "beginning",
    written: async () => new StoreWritten(database),
    stopTraffic: () => traffic.stop(),
    async close() {
      await traffic.stop();
      await zitadel.close();
    },
  };
}

export function openZitadel({ url, keyFile, organizationId }: ExistingZitadel, say: Say): Source {
  const adminKey = readFileSync(keyFile, "utf8");
  say(`ZITADEL at ${url.origin}: its own events, from now on`);
  const api = new ZitadelApi({
    domain: url.hostname,
    port: url.port,
    insecure: url.protocol === "http:",
    jwtProfileJson: adminKey,
  });
  return {
    url,
    organizationId,
    adminKey,
    startFrom: "deployment",
    written: (readerUserId) => ApiWritten.open(api, readerUserId),
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
    delivered: (metricsUrl) => new MetricsDelivered(metricsUrl),
    async close() {},
  };
}
