import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureActionEngine } from "../../tools/goja/ensureActionEngine";
import { startLogins } from "./loginTraffic";
import { startZitadel } from "./server";
import { startTraffic } from "./traffic";

const USAGE = `Starts a ZITADEL stand-in and prints one line of JSON about it.
  --port <number>       default: a free one
  --host <address>      address to listen on, default 127.0.0.1
  --domain <name>       external domain, default localhost
  --database <file>     where events are kept, default: in memory
  --key <file>          where the administrator's key is written, default: ./zitadel-admin-key-<port>.json
  --traffic <number>    events a second that are written until the end, default: none
  --logins <number>     attempts a second to sign in, with the Actions that are bound, default: none;
                        ZITADEL's log is standard error, as text
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
      logins: { type: "string" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { port, host, domain, database } = values;
  const onLogLine = (line: string) => void process.stderr.write(`${line}\n`);
  const zitadel = await startZitadel({
    port: Number(port),
    host,
    externalDomain: domain,
    database,
    ...(values.logins && { logins: { engine: await ensureActionEngine(console.error), onLogLine } }),
  });
  const adminKey = values.key ?? join(process.cwd(), `zitadel-admin-key-${new URL(zitadel.url).port}.json`);
  writeFileSync(adminKey, JSON.stringify(zitadel.adminKey), { mode: 0o600 });
  const { url, organizationId, instanceId } = zitadel;
  console.log(JSON.stringify({ url, instanceId, organizationId, adminKey, database }));

  const seed = Number(values.seed);
  const withoutChecks = values.logins !== undefined;
  const traffic =
    values.traffic && startTraffic(zitadel, { seed, eventsPerSecond: Number(values.traffic), withoutChecks });
  const logins = values.logins && startLogins(zitadel, { seed, loginsPerSecond: Number(values.logins) });
  const end = async () => {
    if (traffic) await traffic.stop();
    if (logins) await logins.stop();
    await zitadel.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => end().catch(fail));
}

function fail(error: Error): void {
  console.error(`zitadel: ${error.message}`);
  process.exitCode = 1;
}

main().catch(fail);
