import type { IncomingMessage, ServerResponse } from "node:http";
import { actionRoutes, flowRoutes } from "./actionRoutes";
import type { Answers } from "./answers";
import { authorize, requireInstanceHost } from "./authorization";
import { discovery } from "./discovery";
import { ZitadelError } from "./errors";
import { eventRoutes, type ReadConditions } from "./eventRoutes";
import { befall, Faults } from "./faults";
import type { Instance } from "./instance";
import { memberRoutes } from "./memberRoutes";
import { parseMessage } from "./protojson";
import type { Route } from "./route";
import { answerKeys, answerTokenRequest } from "./tokenEndpoint";
import { userRoutes } from "./userRoutes";

const NOBODY = { organizationId: "" };

/** Answers HTTP requests in the order in which ZITADEL refuses them: route, body, host, token, role, content. */
export class ApiServer {
  readonly faults = new Faults();
  readonly requests = new Map<string, number>();
  private readonly routes: Route[];

  constructor(
    private readonly instance: Instance,
    private readonly answers: Answers,
    private readonly issuer: string,
    conditions: ReadConditions,
  ) {
    this.routes = [
      ...eventRoutes(instance, conditions),
      ...userRoutes(instance),
      ...memberRoutes(instance),
      ...actionRoutes(instance),
      ...flowRoutes(instance),
    ];
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await text(request);
      const path = new URL(request.url ?? "/", "http://any").pathname;
      const fault = this.faults.take(path, body);
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
    const part = path === "/oauth/v2/keys" ? "oauth-keys" : "oauth";
    this.answers.send(response, part, status, `${JSON.stringify(answer)}\n`);
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
