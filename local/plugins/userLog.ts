/**
 * What the zitadel plugin of a run writes down of the users that it creates in a ZITADEL of the person's: before each
 * call that creates one and after its answer, and when one is deleted. By it they are found whatever becomes of the
 * engine and its state. One JSON object a line, in the file that the environment names; without one nothing is written.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { ApiError, type ZitadelApi } from "./zitadelApi";

/** Names the file in the plugin's environment. */
export const USER_LOG = "ZITADEL_SIEM_USER_LOG";

/** A call that creates a user. */
export interface Creation {
  userName: string;
  /** Undefined: that of the account that calls. */
  organizationId: string | undefined;
  /** RFC 3339, ZITADEL's clock: the newest event before the call. */
  after: string;
}

export type CreatedUser = Creation & { userId: string };

type Line =
  | { creating: Creation; attempt: string }
  | { created: string; attempt: string }
  | { refused: true; attempt: string }
  | { deleted: string };

/** gRPC's numbers of those refusals after which ZITADEL has done nothing. */
const REFUSED = [3, 5, 6, 7, 9, 12, 16];

/** Creates a user by `create`, which answers its id, with a line before and after. */
export async function logCreation(
  api: ZitadelApi,
  user: Omit<Creation, "after">,
  create: () => Promise<{ userId: string }>,
): Promise<{ userId: string }> {
  const file = process.env[USER_LOG];
  if (!file) return create();
  const attempt = randomUUID();
  append(file, { creating: { ...user, after: await newestEvent(api) }, attempt });
  try {
    const answer = await create();
    append(file, { created: answer.userId, attempt });
    return answer;
  } catch (error) {
    if (error instanceof ApiError && REFUSED.includes(error.code)) append(file, { refused: true, attempt });
    throw error;
  }
}

/** A user was deleted, or was not there any more. */
export function logDeletion(userId: string): void {
  const file = process.env[USER_LOG];
  if (file) append(file, { deleted: userId });
}

/** The users that were created and not deleted, and the calls of which nobody knows whether they created one. */
export function readUserLog(file: string): { users: CreatedUser[]; unanswered: Creation[] } {
  const creations = new Map<string, Creation>();
  const users = new Map<string, CreatedUser>();
  for (const line of readLines(file)) {
    if ("deleted" in line) users.delete(line.deleted);
    else if ("creating" in line) creations.set(line.attempt, line.creating);
    else {
      const creation = creations.get(line.attempt);
      if (creation && "created" in line) users.set(line.created, { ...creation, userId: line.created });
      creations.delete(line.attempt);
    }
  }
  return { users: [...users.values()], unanswered: [...creations.values()] };
}

async function newestEvent(api: ZitadelApi): Promise<string> {
  type Answer = { events?: { creationDate: string }[] };
  const { events } = await api.call<Answer>("POST", "/admin/v1/events/_search", { asc: false, limit: 1 });
  return events?.[0]?.creationDate ?? new Date(0).toISOString();
}

function append(file: string, line: Line): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** A line without an end is one at which the plugin was killed. */
function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}
