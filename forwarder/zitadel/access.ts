import { join } from "node:path";
import type { Configuration } from "../../contract";
import { EventsClient } from "./client";
import { type MonotonicClock, ZitadelClock } from "./clock";
import { Connection } from "./connection";
import { Tokens } from "./token";

/** What asking one ZITADEL instance takes: the connection, the calls, the token behind them, and its time. */
export function zitadelAccess({
  zitadel,
  secrets,
  clock,
  clockWentBack,
}: {
  zitadel: Configuration["zitadel"];
  /** Folder that the credentials' files lie in. */
  secrets: string;
  clock: MonotonicClock;
  /** Called when ZITADEL's clock went back, with the earliest time (microseconds) that it can have shown since. */
  clockWentBack?: (toMicros: number) => void;
}) {
  const zitadelClock = new ZitadelClock(clock);
  const connection = new Connection({
    issuer: zitadel.issuer,
    address: zitadel.address,
    authorityFile: zitadel.ca === undefined ? undefined : join(secrets, zitadel.ca),
    clock,
    zitadelClock,
    clockWentBack,
  });
  const tokens = new Tokens({
    credentials: zitadel.credentials,
    secrets,
    issuer: zitadel.issuer,
    connection,
    clock,
    zitadelClock,
    timeoutMillis: 30_000,
  });
  return { connection, zitadelClock, client: new EventsClient(connection, tokens) };
}
