import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "./instance";
import type { Message } from "./protojson";

/** One call of the API, its caller known and allowed. */
export interface Call {
  caller: Caller;
  /** What the path's placeholders stand for. */
  parameters: Record<string, string>;
  body: Message;
  headers: IncomingHttpHeaders;
}

/** An answer: an object, or JSON text that is made already. */
export type Answer = object | string;

export interface Route {
  method: string;
  /** The path with its placeholders, as requests are counted. */
  path: string;
  pattern: RegExp;
  /** The permission that the caller's roles must hold; none for calls that need no token. */
  permission?: string;
  answer(call: Call): Answer | Promise<Answer>;
  /** Reads the body before the caller is known; what it throws goes before 401 and 403. */
  read?(body: Message): void;
}

/** @param path with placeholders like `:user` */
export function route(
  method: string,
  path: string,
  permission: string | undefined,
  answer: Route["answer"],
): Route {
  const pattern = new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
  return { method, path, pattern, permission, answer };
}
