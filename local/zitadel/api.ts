import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Answers } from "./answers";
import { authorize, requireInstanceHost } from "./authorization";
import { ZitadelError } from "./errors";
import { acceptEventSearch, type EventSearch, readEventSearch } from "./eventSearch";
import { EventText } from "./eventText";
import { befall, Faults } from "./faults";
import type { Instance } from "./instance";
import { managementRoutes } from "./managementRoutes";
import { type Message, parseMessage } from "./protojson";
import { type Call, type Route, route } from "./route";
import { formatTimestamp } from "./timestamp";
import { answerKeys, answerTokenRequest, discovery } from "./tokenEndpoint";

const NOBODY = { organizationId: "" };

/** Answers HTTP requests in the order in which ZITADEL refuses them: route, body, host, token, role, content. */
export class ApiServer {
  readonly faults = new Faults();
  readonly requests = new Map<string, number>();
  auditLogRetention: number | undefined;
  private readonly routes: Route[];

  constructor(
    private readonly instance: Instance,
    private readonly answers: Answers,
    private readonly issuer: string,
    private readonly pageLatency: (events: number) => number,
  ) {
    this.routes = [...this.eventRoutes(), ...managementRoutes(instance)];
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await text(request);
      const path = new URL(request.url ?? "/", "http://any").pathname;
      const fault = this.faults.take(path);
      if (fault && (await befall(fault, response))) return this.count(request.method, path);
      if (path.startsWith("/debug/")) return this.debug(request, response, path);
      if (path.startsWith("/oauth/") || path.startsWith("/.well-known/")) {
        return await this.oauth(request, response, path, body);
      }
      await this.call(request, response, path, body);
    } catch (error) {
      if (!(error instanceof ZitadelError)) response.destroy(error as Error);
      else if (!response.destroyed) this.answers.refuse(response, error);
    }
  }

  private async call(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    body: string,
  ): Promise<void> {
    const found = this.find(request.method ?? "", path);
    this.count(request.method, found.route.path);
    const message = parseMessage(body);
    found.route.read?.(message);
    requireInstanceHost(this.instance, request.headers, "api");
    const { permission } = found.route;
    const caller = permission ? authorize(this.instance, request.headers, permission) : NOBODY;
    const call = { caller, parameters: found.parameters, body: message, headers: request.headers };
    const answer = await found.route.answer(call);
    this.answers.send(response, "api", 200, typeof answer === "string" ? answer : JSON.stringify(answer));
  }

  private find(method: string, path: string): { route: Route; parameters: Record<string, string> } {
    const matching = this.routes.filter((one) => one.pattern.test(path));
    const found = matching.find((one) => one.method === method);
    if (found) return { route: found, parameters: { ...found.pattern.exec(path)?.groups } };
    this.count(method, path);
    if (matching.length > 0)
      throw new ZitadelError({ code: 12, message: "Method Not Allowed", gateway: true });
    throw new ZitadelError({ code: 5, message: "Not Found", gateway: true });
  }

  private eventRoutes(): Route[] {
    const text = (headers: IncomingHttpHeaders) =>
      new EventText(headers["accept-language"], (id) => this.instance.directory.displayName(id));
    const search = route("POST", "/admin/v1/events/_search", "events.read", (call) =>
      this.search(call, text(call.headers)),
    );
    const list = (path: string, kind: "EventTypes" | "AggregateTypes") =>
      route("POST", path, "events.read", ({ headers }) => text(headers).list(kind));
    return [
      { ...search, read: (body: Message) => void readEventSearch(body) },
      list("/admin/v1/events/types/_search", "EventTypes"),
      list("/admin/v1/aggregates/types/_search", "AggregateTypes"),
      route("GET", "/admin/v1/instances/me", "iam.read", () => ({ instance: shownInstance(this.instance) })),
      route("GET", "/admin/v1/healthz", undefined, () => ({})),
    ];
  }

  private async search({ body }: Call, text: EventText): Promise<string> {
    const filter = acceptEventSearch(this.retained(readEventSearch(body)));
    const rows = filter ? await this.instance.store.search(filter) : [];
    const latency = this.pageLatency(rows.length);
    if (latency > 0) await delay(latency);
    return text.answer(rows);
  }

  private retained(search: EventSearch): EventSearch {
    if (this.auditLogRetention === undefined) return search;
    const oldest = this.instance.clock.now() - this.auditLogRetention * 1e6;
    return { ...search, since: Math.max(search.since ?? oldest, oldest) };
  }

  private async oauth(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    body: string,
  ): Promise<void> {
    this.count(request.method, path);
    try {
      requireInstanceHost(this.instance, request.headers, "oauth");
    } catch (error) {
      return this.answers.send(response, "oauth-plain", 404, `${(error as Error).message}\n`);
    }
    const { status, body: answer } = await this.oauthAnswer(request, path, body);
    this.answers.send(response, "oauth", status, `${JSON.stringify(answer)}\n`);
  }

  private async oauthAnswer(
    request: IncomingMessage,
    path: string,
    body: string,
  ): Promise<{ status: number; body: object }> {
    const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    switch (path) {
      case "/oauth/v2/token":
        return answerTokenRequest(this.instance, this.issuer, new URLSearchParams(isForm ? body : ""));
      case "/oauth/v2/revoke":
        return { status: 400, body: UNKNOWN_CLIENT };
      case "/oauth/v2/keys":
        return { status: 200, body: await answerKeys(this.instance) };
      case "/.well-known/openid-configuration":
        return { status: 200, body: discovery(this.issuer) };
      default:
        return { status: 404, body: { code: 5, message: "Not Found" } };
    }
  }

  private debug(request: IncomingMessage, response: ServerResponse, path: string): void {
    this.count(request.method, path);
    if (path === "/debug/healthz") {
      this.answers.send(response, "debug", 200, "ok");
    } else if (path === "/debug/ready" || path === "/debug/validate") {
      this.answers.send(response, "debug-json", 200, '"ok"');
    } else {
      this.answers.send(response, "debug", 404, "404 page not found\n");
    }
  }

  private count(method = "", path: string): void {
    const name = `${method} ${path}`;
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
  }
}

const UNKNOWN_CLIENT = {
  error: "invalid_client",
  error_description: "no active client not found",
  parent: "ID=QUERY-wu6Ee Message=Errors.App.NotFound Parent=(sql: no rows in result set)",
};

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function shownInstance(instance: Instance): object {
  const details = ({
    sequence,
    createdAt,
    changedAt,
    resourceOwner,
  }: {
    sequence: number;
    createdAt: number;
    changedAt: number;
    resourceOwner: string;
  }) => ({
    sequence: String(sequence),
    creationDate: formatTimestamp(createdAt),
    changeDate: formatTimestamp(changedAt),
    resourceOwner,
  });
  const domains = [...instance.directory.domains].map(([domain, { history, generated }]) => ({
    details: details(history),
    domain,
    ...(generated && { generated }),
    ...(domain === instance.directory.primaryDomain && { primary: true }),
  }));
  const [first] = instance.directory.domains.values();
  return {
    id: instance.id,
    details: details(first!.history),
    state: "STATE_RUNNING",
    name: "ZITADEL",
    version: `v${instance.options.version}`,
    domains,
  };
}
