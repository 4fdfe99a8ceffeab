import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startZitadel } from "./server";
import { startTraffic } from "./traffic";

const USAGE = `Starts a ZITADEL stand-in and prints one line of JSON about it.
  --port <number>       default: a free one
  --host <address>      address to listen on, default 127.0.0.1
  --domain <name>       external domain, default localhost
  --database <file>     where events are kept, default: in memory
  --key <file>          where the administrator's key is written, default: ./zitadel-admin-key-<port>.json
  --traffic <number>    events a second that are written until the end, default: none
  --seed <number>       of the traffic, default 1`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      domain: { type: "string", default: "localhost" },
      database: { type: "string", default: ":memory:" },
      key: { type: "string" },
      traffic: { type: "string" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { port, host, domain, database } = values;
  const zitadel = await startZitadel({ port: Number(port), host, externalDomain: domain, database });
  const adminKey = values.key ?? join(process.cwd(), `zitadel-admin-key-${new URL(zitadel.url).port}.json`);
  writeFileSync(adminKey, JSON.stringify(zitadel.adminKey), { mode: 0o600 });
  const { url, organizationId, instanceId } = zitadel;
  console.log(JSON.stringify({ url, instanceId, organizationId, adminKey, database }));

  const traffic = values.traffic
    ? startTraffic(zitadel, { seed: Number(values.seed), eventsPerSecond: Number(values.traffic) })
    : undefined;
  const end = async () => {
    await traffic?.stop();
    await zitadel.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end());
}

main().catch((error: Error) => {
  console.error(`zitadel: ${error.message}`);
  process.exitCode = 1;
});
