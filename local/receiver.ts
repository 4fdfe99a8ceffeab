import { timingSafeEqual } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { answering, endServer } from "./answering";

export interface ReceiverOptions {
  /** File to which every record is appended, one JSON object a line. */
  file: string;
  /** Bearer token that requests must carry. */
  token: string;
}

/** A receiver of audit records, running. */
export interface Receiver {
  /** http://127.0.0.1:<port>/records */
  url: string;
  close(): Promise<void>;
}

/**
 * Receives records as a JSON array or as NDJSON, with or without gzip, and answers 200 once they are in the
 * file: 401 without the token, 400 for what is no JSON.
 */
export async function startReceiver({ file, token }: ReceiverOptions): Promise<Receiver> {
  writeFileSync(file, "", { mode: 0o600 });
  const server = createServer(
    answering(async (request, response) => {
      try {
        if (!isAllowed(request, token)) response.writeHead(401).end();
        else {
          const records = readRecords(await readBody(request));
          appendFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
          response.writeHead(200).end();
        }
      } catch (error) {
        response.writeHead(400).end((error as Error).message);
      }
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`,
    close() {
      return endServer(server);
    },
  };
}

/** The records of a body: a JSON array, or one JSON object a line. */
export function readRecords(body: string): unknown[] {
  if (body.trimStart().startsWith("[")) return JSON.parse(body) as unknown[];
  return body
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

function isAllowed({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
}
