import { appendFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { answering } from "../../local/answering";
import { systemClock } from "../../local/zitadel/clock";
import { serve } from "./workerProcess";

/** The receiver of the bench, as a process: appends records to a file, then answers after a latency. */
let file = "";
let latencyMillis = 0;
let deliveries: Delivery[] = [];
let records = 0;

/** Records that came in one request: how many lines of the file, and when they were in it (microseconds since 1970). */
export interface Delivery {
  lines: number;
  at: number;
}

const calls = {
  async start({ latency }: { latency: number }): Promise<string> {
    latencyMillis = latency;
    const server = createServer(
      answering(async (request, response) => {
        const body = await text(request);
        const lines = body.split("\n").length - 1;
        appendFileSync(file, body);
        deliveries.push({ lines, at: systemClock.now() });
        records += lines;
        await delay(latencyMillis);
        response.writeHead(200).end();
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`;
  },

  /** From now on records go into this file. */
  begin(into: string): void {
    file = into;
    deliveries = [];
    records = 0;
    writeFileSync(file, "");
  },

  /** Records so far. */
  received(_: undefined): number {
    return records;
  },

  /** What came since `begin`, in the order of the file. */
  deliveries(_: undefined): Delivery[] {
    return deliveries;
  },
};

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}

export type ReceiverCalls = typeof calls;
serve(calls);
