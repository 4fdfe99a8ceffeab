import type { ServerResponse } from "node:http";
import type { Clock } from "./clock";
import type { ZitadelError } from "./errors";

/** Go's server sends a longer body in chunks. */
const LONGEST_PLAIN_BODY = 2048;
const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** Which part of ZITADEL answers: each has headers of its own. */
export type Part = "api" | "gateway" | "oauth" | "oauth-keys" | "oauth-plain" | "debug" | "debug-json";

/** Writes answers with the headers that ZITADEL sends. */
export class Answers {
  private count = 0;

  constructor(
    private readonly clock: Clock,
    private readonly externalDomain: string,
  ) {}

  send(response: ServerResponse, part: Part, status: number, body: string, extra: string[] = []): void {
    const headers = [...this.headers(part, status), ...extra, "Date", this.httpDate(0)];
    const plain = Buffer.byteLength(body) <= LONGEST_PLAIN_BODY;
    if (plain) headers.push("Content-Length", String(Buffer.byteLength(body)));
    else headers.push("Transfer-Encoding", "chunked");
    response.sendDate = false;
    response.writeHead(status, headers);
    response.end(body);
  }

  refuse(response: ServerResponse, error: ZitadelError): void {
    const part = error.refusal.gateway ? "gateway" : "api";
    const extra = error.refusal.code === 16 ? ["Www-Authenticate", error.text] : [];
    this.send(response, part, error.status, JSON.stringify(error.body), extra);
  }

  private headers(part: Part, status: number): string[] {
    const robots = ["X-Robots-Tag", "none"];
    if (part === "debug") return [...robots, "Content-Type", TEXT_TYPE, ...(status === 404 ? NO_SNIFF : [])];
    if (part === "debug-json") return ["Content-Type", JSON_TYPE, ...robots];
    const requestId = ["X-Request-Id", this.requestId(), ...robots];
    const origin = ["Vary", "Origin"];
    const cookie = ["Vary", "Cookie"];
    if (part === "gateway") return ["Content-Type", JSON_TYPE, ...origin, ...requestId];
    if (part === "api") {
      const granted = status < 400 ? [...QUOTA_COOKIE, ...origin, ...cookie] : origin;
      const stored = ["Cache-Control", "no-store", "Content-Type", JSON_TYPE, "Expires", this.httpDate(0)];
      return [...stored, ...GATEWAY, "Pragma", "no-cache", ...granted, ...requestId];
    }
    const agent = `zitadel.useragent=${this.requestId()}; Path=/; Domain=${this.externalDomain}; Max-Age=31536000; HttpOnly; SameSite=Lax`;
    const known = ["Set-Cookie", agent, ...origin, ...cookie, ...requestId];
    const cached = ["Cache-Control", "max-age=300, must-revalidate", "Content-Type", JSON_TYPE];
    if (part === "oauth-keys") return [...cached, ...known];
    const type = part === "oauth" ? JSON_TYPE : TEXT_TYPE;
    const expires = this.httpDate(-3600);
    const stored = [
      "Cache-Control",
      "no-store",
      "Content-Type",
      type,
      "Expires",
      expires,
      "Pragma",
      "no-cache",
    ];
    return part === "oauth" ? [...stored, ...known] : [...stored, ...origin, ...NO_SNIFF, ...requestId];
  }

  private requestId(): string {
    this.count += 1;
    return `h1n0i01ks${this.count.toString(32).padStart(11, "0")}`;
  }

  private httpDate(offsetSeconds: number): string {
    return new Date(this.clock.now() / 1000 + offsetSeconds * 1000).toUTCString();
  }
}

const NO_SNIFF = ["X-Content-Type-Options", "nosniff"];
const QUOTA_COOKIE = ["Set-Cookie", "zitadel.quota.exhausted=; Path=/; Max-Age=0; SameSite=Lax"];
const GATEWAY = [
  "Grpcgateway-Cache-Control",
  "no-store",
  "Grpcgateway-Content-Type",
  "application/grpc",
  "Grpcgateway-Pragma",
  "no-cache",
];
