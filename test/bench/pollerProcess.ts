import { setTimeout as delay } from "node:timers/promises";
import { Agent } from "undici";
import { serve } from "./workerProcess";

/**
 * What someone would write in an afternoon, as a process: asks once a second, tight on what it has seen last, for
 * all that came since, and posts it to the receiver. It keeps nothing and finds nothing that comes late.
 */
const EVERY_MILLIS = 1_000;
const stopped = new AbortController();
let polling: Promise<void> | undefined;

const calls = {
  /** @param from RFC 3339 */
  start(given: { issuer: string; token: string; receiverUrl: string; from: string }): void {
    polling = poll(given);
  },

  async stop(_: undefined): Promise<void> {
    stopped.abort();
    await polling;
  },
};

interface Given {
  issuer: string;
  token: string;
  receiverUrl: string;
  from: string;
}

async function poll({ issuer, token, receiverUrl, from }: Given): Promise<void> {
  const agent = new Agent({ connections: 1, pipelining: 1 });
  const post = async (url: string, headers: Record<string, string>, body: string) => {
    const { origin, pathname } = new URL(url);
    const answer = await agent.request({ origin, path: pathname, method: "POST", headers, body });
    return answer.body.text();
  };
  let since = from;
  while (!stopped.signal.aborted) {
    const answer = await post(
      `${issuer}/admin/v1/events/_search`,
      { authorization: `Bearer ${token}`, "content-type": "application/json" },
      JSON.stringify({ asc: true, limit: 1000, from: since }),
    );
    const { events = [] } = JSON.parse(answer) as { events?: { creationDate: string }[] };
    if (events.length > 0) {
      since = events.at(-1)!.creationDate;
      const body = events.map((event) => `${JSON.stringify({ event })}\n`).join("");
      await post(receiverUrl, { "content-type": "application/x-ndjson" }, body);
    }
    await delay(EVERY_MILLIS, undefined, { signal: stopped.signal }).catch(() => undefined);
  }
  await agent.close();
}

export type PollerCalls = typeof calls;
serve(calls);
