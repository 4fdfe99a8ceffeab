import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";

const FOLDER = join(__dirname, "../recordings");

/** A request to a real server and its answer. */
export interface Recording {
  name: string;
  /** When it was recorded; mgmt-* tell it by their Date header. */
  at?: string;
  request: { method: string; path: string; headers: Record<string, string | number>; body?: string | null };
  response: { status: number; rawHeaders: string[]; body: string };
  eventsWritten?: object[];
}

/** The names of the recordings whose file name begins so. */
export function recordingNames(...prefixes: string[]): string[] {
  return readdirSync(FOLDER)
    .filter((file) => prefixes.some((prefix) => file.startsWith(prefix)))
    .map((file) => file.replace(/\.json$/, ""));
}

export function recording(name: string): Recording {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8"));
}

/** The events that a recording holds as a list. */
export function recordedEvents(name: string): object[] {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8"));
}

/** The server's time when it answered, microseconds since 1970. */
export function answeredAt({ response }: Recording): number {
  const date = response.rawHeaders[response.rawHeaders.indexOf("Date") + 1]!;
  return Date.parse(date) * 1000;
}

export interface Answer {
  status: number;
  rawHeaders: string[];
  body: string;
}

/** Sends a request byte for byte, with its own Host header. */
export function send(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string | number>,
  body?: string | null,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port: new URL(url).port, method, path, headers, setHost: false, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode = 0, rawHeaders } = response;
          resolve({ status: statusCode, rawHeaders, body: Buffer.concat(chunks).toString() });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body ?? undefined);
  });
}

/**
 * Headers that matter, sorted. What may differ: ids of requests and browsers, the connection's own headers, the
 * length, for JSON white space varies, and times; of Expires the hours before Date are kept.
 */
export function comparableHeaders(rawHeaders: string[]): string[] {
  const ignored = ["x-request-id", "content-length", "transfer-encoding", "connection", "keep-alive"];
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index]!, rawHeaders[index + 1]!]);
  }
  const date = Date.parse(pairs.find(([name]) => name === "Date")![1]);
  const comparable = (name: string, value: string) => {
    if (name === "Date") return "<now>";
    if (name === "Expires") return `${Math.round((date - Date.parse(value)) / 3_600_000)} hours before Date`;
    return value.replace(/^zitadel\.useragent=[^;]*/, "zitadel.useragent=<cookie>");
  };
  return pairs
    .filter(([name]) => !ignored.includes(name.toLowerCase()))
    .map(([name, value]) => `${name}: ${comparable(name, value)}`)
    .sort();
}
