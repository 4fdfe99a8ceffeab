import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answering } from "../answering";
import { ActionEngine } from "./actionEngine";
import { Actions } from "./actions";
import { Answers } from "./answers";
import { ApiServer } from "./api";
import { type Clock, systemClock } from "./clock";
import type { ReadConditions } from "./eventRoutes";
import type { EventStore } from "./eventStore";
import type { Faults } from "./faults";
import { type Caller, Instance } from "./instance";
import { type LoginOptions, Logins, type SignedIn } from "./logins";
import { InstanceMembers } from "./members";
import type { MachineKey } from "./setup";
import type { SignIn } from "./signIn";
import { Users } from "./users";

export interface ZitadelOptions {
  /** SQLite file of the event store; one that holds an instance is opened with it. Default ":memory:". */
  database?: string;
  /** Default 0: a free one. */
  port?: number;
  /** Address to listen on, default 127.0.0.1. */
  host?: string;
  /** The instance's domain, default "localhost": requests to other hosts get 404. */
  externalDomain?: string;
  /** Time of events, tokens and the Date header. */
  clock?: Clock;
  /** Default "4.13.1"; before 4.2 late commits behave differently (see OpenPush). */
  version?: string;
  /** Seconds, default 43200. */
  accessTokenLifetime?: number;
  /** Milliseconds that the answer to a search takes, by the number of its events; default: none. */
  pageLatency?: (events: number) => number;
  /** Milliseconds between a push's statement and its commit, default 0. */
  commitDelay?: number;
  /** Needed to sign people in. */
  logins?: {
    /** The engine of Actions, an executable (see tools/goja). */
    engine: string;
    /** Networks that Actions may not call, with commas between; default: none. */
    deny?: string;
    /** Called with each line of ZITADEL's log that Actions cause, when it is written. */
    onLogLine?: LoginOptions["onLine"];
    /** Default "text". */
    logFormat?: LoginOptions["format"];
    /** Makes of the addresses in a script those at which they are found from here; default: as they are. */
    reach?: LoginOptions["reach"];
  };
}

/** The stand-in, running. */
export interface Zitadel {
  /** http://<external domain>:<port>, also the issuer. */
  url: string;
  issuer: string;
  instanceId: string;
  /** The organization that the set-up made. */
  organizationId: string;
  /** Machine key of an administrator (IAM_OWNER). */
  adminKey: MachineKey;
  store: EventStore;
  /** Commands without HTTP; `administrator` is the caller to do them as. */
  users: Users;
  members: InstanceMembers;
  actions: Actions;
  administrator: Caller;
  faults: Faults;
  /** Requests so far by method and path, like "POST /admin/v1/events/_search". */
  requests: ReadonlyMap<string, number>;
  /** Audit log retention and latency of reads; may be changed at any time. */
  conditions: ReadConditions;
  /** Signs somebody in with the hosted login, which runs the Actions that are bound; rejects without `logins`. */
  signIn(attempt: SignIn): Promise<SignedIn>;
  /** Ends all connections and closes the store. */
  close(): Promise<void>;
}

/** Starts a ZITADEL stand-in: an instance as the set-up makes it, or the one that the database holds. */
export async function startZitadel(options: ZitadelOptions = {}): Promise<Zitadel> {
  const { externalDomain = "localhost", clock = systemClock } = options;
  const instance = new Instance({
    database: options.database ?? ":memory:",
    clock,
    version: options.version ?? "4.13.1",
    externalDomain,
    accessTokenLifetime: options.accessTokenLifetime ?? 43_200,
    commitDelay: options.commitDelay ?? 0,
  });
  const answers = new Answers(clock, externalDomain);
  const server = createServer();
  const port = await listen(server, options.port ?? 0, options.host ?? "127.0.0.1");
  const url = `http://${externalDomain}:${port}`;
  const engine = options.logins && new ActionEngine(options.logins.engine, options.logins.deny);
  const logins =
    engine &&
    new Logins(instance, {
      engine,
      format: options.logins?.logFormat ?? "text",
      onLine: options.logins?.onLogLine ?? (() => undefined),
      reach: options.logins?.reach ?? (async (script) => script),
    });
  const conditions: ReadConditions = {
    auditLogRetention: undefined,
    pageLatency: options.pageLatency ?? (() => 0),
  };
  const api = new ApiServer(instance, answers, url, conditions);
  server.on(
    "request",
    answering((request: IncomingMessage, response: ServerResponse) => api.handle(request, response)),
  );
  return {
    url,
    issuer: url,
    instanceId: instance.id,
    organizationId: instance.organizationId,
    adminKey: instance.administratorKey,
    store: instance.store,
    users: new Users(instance),
    members: new InstanceMembers(instance),
    actions: new Actions(instance),
    administrator: { organizationId: instance.organizationId, userId: instance.administratorKey.userId },
    faults: api.faults,
    requests: api.requests,
    conditions,
    signIn: async (attempt) => {
      if (!logins) throw new Error("the stand-in was started without `logins`: it can sign nobody in");
      return logins.signIn(attempt);
    },
    close: async () => {
      await engine?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      instance.store.close();
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
