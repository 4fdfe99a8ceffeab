import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** What goes wrong with an answer. */
export type Fault =
  | { kind: "status"; status: number; body?: string; headers?: Record<string, string> }
  /** 200 with a body that is no JSON. */
  | { kind: "garbage" }
  /** No answer ever; the connection stays open until the client or the stand-in ends it. */
  | { kind: "hang" }
  /** The connection ends without an answer. */
  | { kind: "close" }
  /** The connection ends in the middle of the right answer. */
  | { kind: "cut" }
  /** The right answer, so many milliseconds late. */
  | { kind: "slow"; milliseconds: number };

interface Planned {
  fault: Fault;
  requests: number;
  path: string;
  meant: (body: string) => boolean;
}

/** The answer of a server that has just been started: ready by its own word, and not there. */
export const UNAVAILABLE: Fault = {
  kind: "status",
  status: 503,
  body: '{"code":14, "message":"connection error: desc = \\"transport: Error while dialing: dial tcp: connect: connection refused\\""}',
  headers: { "content-type": "application/json" },
};

/** Faults that tests ask for. */
export class Faults {
  /** How many requests met a fault. */
  hits = 0;
  private planned: Planned[] = [];

  /**
   * @param requests how many of the next requests it befalls; Infinity: all until `clear`
   * @param path only requests whose path begins so; default: the Events API
   * @param meant only requests with such a body; default: any
   */
  inject(
    fault: Fault,
    requests = 1,
    path = "/admin/v1/events/_search",
    meant: (body: string) => boolean = () => true,
  ): void {
    this.planned.push({ fault, requests, path, meant });
  }

  clear(): void {
    this.planned = [];
  }

  take(path: string, body: string): Fault | undefined {
    const next = this.planned.find((one) => path.startsWith(one.path) && one.meant(body));
    if (!next) return undefined;
    next.requests -= 1;
    if (next.requests <= 0) this.planned = this.planned.filter((one) => one !== next);
    this.hits += 1;
    return next.fault;
  }
}

/** Does what the fault says; true if the request is thereby answered. */
export async function befall(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case "slow":
      await delay(fault.milliseconds, undefined, { ref: false });
      return false;
    case "cut":
      cutShort(response);
      return false;
    case "hang":
      return true;
    case "close":
      response.destroy();
      return true;
    case "garbage":
      response.writeHead(200, { "content-type": "application/json" }).end('<html>{"events":[');
      return true;
    case "status":
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return true;
  }
}

/** Lets half of the body through and then ends the connection. */
function cutShort(response: ServerResponse): void {
  response.end = ((body: string) => {
    response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.destroy());
    return response;
  }) as typeof response.end;
}
