import { Agent, type Dispatcher } from "undici";
import type { LoginTable, Report } from "../../journal/loginTable";
import { type Answer, jsonAnswer } from "../../listener";
import { salted } from "../../records/loginMatch";

/** A replica must answer within so long. Milliseconds. */
const ANSWER_MILLIS = 10_000;
/** More than the records of an hour at a hundred logins a second. Bytes. */
const LONGEST_ANSWER = 64 << 20;
/** Connections to the other replicas. */
const replicas = new Agent();
const digest = /^[0-9a-f]{32}$/;

/** Where replicas ask one another. */
export const PEER_PATH = "/logins";

/**
 * Answers another replica which login records are held here: keys and ids, hashed with the salt that it sent, and
 * times. Nothing in it tells who signed in.
 */
export function answerPeer(table: Pick<LoginTable, "reportsBetween">, query: URLSearchParams): Answer {
  const salt = query.get("salt") ?? "";
  const [from, to] = ["from", "to"].map((name) => Number(query.get(name) ?? Number.NaN)) as [number, number];
  if (salt.length < 16 || !Number.isSafeInteger(from) || !Number.isSafeInteger(to))
    return jsonAnswer(400, { error: "salt, from and to are needed" });
  const reports = table
    .reportsBetween(from, to)
    .map(({ id, key, atMicros }) => [salted(salt, id), salted(salt, key), atMicros]);
  return { status: 200, type: "application/json", body: JSON.stringify({ reports }) };
}

/** What a replica holds, ids and keys salted. Throws an Error that names the replica when it does not answer. */
export async function askPeer(
  peer: string,
  salt: string,
  { fromMicros, toMicros }: { fromMicros: number; toMicros: number },
  signal: AbortSignal,
): Promise<Report[]> {
  const query = new URLSearchParams({ salt, from: String(fromMicros), to: String(toMicros) });
  const deadline = AbortSignal.timeout(ANSWER_MILLIS);
  try {
    const answer = await replicas.request({
      origin: peer,
      path: `${PEER_PATH}?${query}`,
      method: "GET",
      signal: AbortSignal.any([signal, deadline]),
    });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new PeerError(peer, `answered ${answer.statusCode}`);
    }
    return readReports(await textOf(answer, peer), peer);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PeerError) throw error;
    const code = deadline.aborted ? "no answer in time" : ((error as { code?: string }).code ?? "no answer");
    throw new PeerError(peer, code);
  }
}

/** A replica did not tell what it holds. */
export class PeerError extends Error {
  override name = "PeerError";
  constructor(peer: string, reason: string) {
    super(`the replica at ${peer} does not tell which login records it holds (${reason})`);
  }
}

async function textOf({ body }: Dispatcher.ResponseData, peer: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LONGEST_ANSWER) throw new PeerError(peer, "the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readReports(text: string, peer: string): Report[] {
  let reports: unknown;
  try {
    ({ reports } = JSON.parse(text) as { reports: unknown });
  } catch {
    throw new PeerError(peer, "the answer is not JSON");
  }
  if (!Array.isArray(reports)) throw new PeerError(peer, "the answer holds no reports");
  return reports.map((report: unknown) => {
    const [id, key, atMicros] = Array.isArray(report) ? report : [];
    if (!digest.test(id) || !digest.test(key) || !Number.isSafeInteger(atMicros))
      throw new PeerError(peer, "the answer holds something that is no report");
    return { id, key, atMicros };
  });
}
