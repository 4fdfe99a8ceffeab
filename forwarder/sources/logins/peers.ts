import { Agent } from "undici";
import * as z from "zod";
import { readBody } from "../../http/body";
import type { Journal } from "../../journal/journal";
import type { Report } from "../../journal/loginTable";
import { type Answer, jsonAnswer } from "../../listener";
import { salted } from "../../records/loginMatch";

/** A replica must answer within so long. Milliseconds. */
const ANSWER_MILLIS = 10_000;
/** More than the records of an hour at a hundred logins a second. Bytes. */
const LONGEST_ANSWER = 64 << 20;
/** Connections to the other replicas. */
const replicas = new Agent();
const digest = z.string().regex(/^[0-9a-f]{32}$/);
const answerSchema = z.object({
  journal: z.string().min(1),
  undeliveredMicros: z.int().optional(),
  reports: z.array(z.tuple([digest, digest, z.int()])),
});

/** Where replicas ask one another. */
export const PEER_PATH = "/logins";

/** What a replica answers. */
export interface PeerAnswer {
  /** Which journal it has: another one than before means that its volume was lost or replaced. */
  journal: string;
  /** When the script of the first login record ran that some destination does not have yet; absent: they have all. */
  undeliveredMicros?: number | undefined;
  /** The login records that it holds, ids and keys salted. */
  reports: Report[];
}

/**
 * Answers another replica which journal this is, whether all in it is delivered, and which login records are held here:
 * keys and ids, hashed with the salt that it sent, and times. Nothing in it tells who signed in.
 */
export function answerPeer(
  journal: Pick<Journal, "id" | "firstOtherUnacknowledged"> & {
    logins: Pick<Journal["logins"], "reportsBetween">;
  },
  query: URLSearchParams,
): Answer {
  const salt = query.get("salt") ?? "";
  const [from, to] = ["from", "to"].map((name) => Number(query.get(name) ?? Number.NaN)) as [number, number];
  if (salt.length < 16 || !Number.isSafeInteger(from) || !Number.isSafeInteger(to))
    return jsonAnswer(400, { error: "salt, from and to are needed" });
  const reports = journal.logins
    .reportsBetween(from, to)
    .map(({ id, key, atMicros }): [string, string, number] => [
      salted(salt, id),
      salted(salt, key),
      atMicros,
    ]);
  const answer: z.input<typeof answerSchema> = {
    journal: journal.id,
    undeliveredMicros: journal.firstOtherUnacknowledged(),
    reports,
  };
  return { status: 200, type: "application/json", body: JSON.stringify(answer) };
}

/** Asks a replica. Throws an Error that names the replica when it does not answer. */
export async function askPeer(
  peer: string,
  salt: string,
  { fromMicros, toMicros }: { fromMicros: number; toMicros: number },
  signal: AbortSignal,
): Promise<PeerAnswer> {
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
    const tooLong = () => new PeerError(peer, "the answer is too long");
    const text = await readBody(answer.body as AsyncIterable<Buffer>, LONGEST_ANSWER, tooLong);
    return readAnswer(text.toString("utf8"), peer);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PeerError) throw error;
    const code = deadline.aborted ? "no answer in time" : ((error as { code?: string }).code ?? "no answer");
    throw new PeerError(peer, code);
  }
}

/** A replica did not say what it holds. */
export class PeerError extends Error {
  override name = "PeerError";
  constructor(peer: string, reason: string) {
    super(`the replica at ${peer} does not say which login records it holds (${reason})`);
  }
}

function readAnswer(text: string, peer: string): PeerAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new PeerError(peer, "the answer is not JSON");
  }
  const { data, error } = answerSchema.safeParse(answer);
  if (!data)
    throw new PeerError(peer, `the answer is not one of this version: ${error.issues[0]?.path.join(".")}`);
  return { ...data, reports: data.reports.map(([id, key, atMicros]) => ({ id, key, atMicros })) };
}
