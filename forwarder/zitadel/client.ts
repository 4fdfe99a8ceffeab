import type { Connection } from "./connection";
import { garbage, type Page, readPage, type Search, searchBody } from "./search";
import type { Tokens } from "./token";
import { errorOfAnswer } from "./zitadelError";

/** What ZITADEL says of the instance that answers. */
export interface Instance {
  id: string;
  /** For example `v4.13.1`. */
  version: string;
  /** When the instance came into being, RFC 3339. */
  creationDate: string;
}

/** How long a request may take. Milliseconds. */
const REQUEST_MILLIS = 30_000;

/** The calls of ZITADEL's admin API that the events source needs. All throw a ZitadelError when there is no answer to use. */
export class EventsClient {
  constructor(
    private readonly connection: Connection,
    private readonly tokens: Pick<Tokens, "get" | "refuse">,
  ) {}

  /** One page of events. `timeoutMillis`: when the read is cancelled as too slow. */
  async search(search: Search, signal: AbortSignal, timeoutMillis = REQUEST_MILLIS): Promise<Page> {
    const text = await this.call("POST", "events/_search", searchBody(search), signal, timeoutMillis);
    return readPage(text, search);
  }

  /** The event types that this version of ZITADEL knows. */
  eventTypes(signal: AbortSignal): Promise<string[]> {
    return this.types("events/types/_search", "eventTypes", signal);
  }

  /** The aggregate types that this version of ZITADEL knows. */
  aggregateTypes(signal: AbortSignal): Promise<string[]> {
    return this.types("aggregates/types/_search", "aggregateTypes", signal);
  }

  async instance(signal: AbortSignal): Promise<Instance> {
    const body = parse(await this.call("GET", "instances/me", undefined, signal, REQUEST_MILLIS));
    const instance = body.instance as Record<string, unknown> | undefined;
    const creationDate = (instance?.details as Record<string, unknown> | undefined)?.creationDate;
    const { id, version } = instance ?? {};
    if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id) || typeof creationDate !== "string")
      throw garbage("names no instance");
    const plain = typeof version === "string" && /^v?\d+\.[\w.+-]{1,32}$/.test(version);
    return { id, version: plain ? version : "unknown", creationDate };
  }

  private async types(path: string, list: string, signal: AbortSignal): Promise<string[]> {
    const types = parse(await this.call("POST", path, "{}", signal, REQUEST_MILLIS))[list];
    if (!Array.isArray(types)) throw garbage(`holds no ${list}`);
    return types.map((entry: { type?: unknown }) => String(entry?.type));
  }

  /** The body of a good answer. A refused token is replaced once, if there is another to be had. */
  private async call(
    method: "GET" | "POST",
    path: string,
    body: string | undefined,
    signal: AbortSignal,
    timeoutMillis: number,
  ): Promise<string> {
    const send = async (token: string) => {
      const answer = await this.connection.send({
        method,
        path: `/admin/v1/${path}`,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body,
        timeoutMillis,
        signal,
      });
      if (answer.status === 200) return answer;
      return { ...answer, text: answer.text.replaceAll(token, "<token>") };
    };
    const token = await this.tokens.get(signal);
    let answer = await send(token);
    if (answer.status === 401) {
      this.tokens.refuse(token);
      const other = await this.tokens.get(signal);
      if (other !== token) answer = await send(other);
    }
    if (answer.status === 200) return answer.text;
    throw errorOfAnswer(answer, `${method} /admin/v1/${path}`, this.connection.host);
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw garbage("is not a JSON object");
}
