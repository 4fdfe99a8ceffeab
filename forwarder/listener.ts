import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Address } from "./arguments";

/** What a path answers. */
export interface Answer {
  status: number;
  type: string;
  body: string;
}

export type Routes = Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>;

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: JSON.stringify(value, null, 1) + "\n" };
}

/** A listener's address cannot be bound; the message says which and what to do. */
export class ListenerError extends Error {
  override name = "ListenerError";
}

/** Serves GET requests of these paths. Rejects with a ListenerError when the address cannot be bound. */
export function listen({ host, port }: Address, routes: Routes): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, routes).then(
      ({ status, type, body }) => send(response, status, type, body),
      () => send(response, 500, "text/plain", "failed\n"),
    );
  });
  server.requestTimeout = 10_000;
  return new Promise((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) =>
      reject(
        new ListenerError(
          `${host}:${port} cannot be listened on (${code}): free it, or give another address as --health or --status`,
        ),
      ),
    );
    server.listen(port, host, () => resolve(server));
  });
}

async function answer({ method, url }: IncomingMessage, routes: Routes): Promise<Answer> {
  if (method !== "GET") return { status: 405, type: "text/plain", body: "only GET\n" };
  const { pathname, searchParams } = new URL(url ?? "/", "http://listener");
  const route = routes[pathname];
  return route ? route(searchParams) : { status: 404, type: "text/plain", body: "not found\n" };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type }).end(body);
}
