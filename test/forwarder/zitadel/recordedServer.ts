/** A server that answers with the bytes of recordings, in the order given. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { answering, endServer } from "../../../local/answering";

const FOLDER = join(__dirname, "../../recordings");

export interface Recording {
  request: { method: string; path: string; headers: Record<string, string | number>; body: string | null };
  response: { status: number; rawHeaders: string[]; body: string };
}

export function recording(name: string): Recording {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8"));
}

/** Any answer: a recording's, or one made up. */
export type Reply = Recording["response"];

export interface RecordedServer {
  url: string;
  requests: { method: string; path: string; headers: IncomingMessage["headers"]; body: string }[];
  /** What answers the next request; the last one answers all that follow. */
  replies: Reply[];
  close(): Promise<void>;
}

const hopByHop = /^(content-length|transfer-encoding|connection)$/i;

export async function serveRecordings(...replies: Reply[]): Promise<RecordedServer> {
  const requests: RecordedServer["requests"] = [];
  const server = createServer(
    answering(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString("utf8");
      requests.push({ method: request.method!, path: request.url!, headers: request.headers, body });
      const {
        status,
        rawHeaders,
        body: text,
      } = served.replies.length > 1 ? served.replies.shift()! : served.replies[0]!;
      response.sendDate = false;
      for (let index = 0; index < rawHeaders.length; index += 2)
        if (!hopByHop.test(rawHeaders[index]!))
          response.appendHeader(rawHeaders[index]!, rawHeaders[index + 1]!);
      response.writeHead(status).end(text);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const served: RecordedServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    replies,
    close: async () => {
      await endServer(server);
    },
  };
  return served;
}
