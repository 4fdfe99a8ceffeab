/**
 * What a run leaves to be found of a trial in a ZITADEL that was there before: a folder of its own, which outlives the
 * run until nothing is left in ZITADEL. There is no secret in it. All that a run creates there hangs on a user (its key,
 * its role): with the user it is gone.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatMicros } from "../../forwarder/records/micros";
import type { Say } from "../../tools/pulumi/ensurePulumi";
import { type CreatedUser, type Creation, readUserLog, USER_LOG } from "../plugins/userLog";
import { ApiError, ZitadelApi } from "../plugins/zitadelApi";
import { management } from "../plugins/zitadelKind";
import { type ExistingZitadel, OptionsError, type RemovalOptions } from "./options";

/** Milliseconds within which a creation that nobody answered is done or not. */
const LATE_CREATION = 5_000;
/** Milliseconds between two looks for it. */
const LOOK_INTERVAL = 500;

/** A user that is still there, or of which nobody knows, and why. */
type LeftUser = Creation & { userId?: string; reason: string };

/** What is used of a machine key. */
interface MachineKey {
  userId: string;
}

export class Trial {
  readonly #api: ZitadelApi;
  readonly #administratorId: string;

  private constructor(
    readonly folder: string,
    private readonly origin: string,
    key: MachineKey,
  ) {
    this.#administratorId = key.userId;
    this.#api = openApi(new URL(origin), JSON.stringify(key));
  }

  /** To be called before anything is created. */
  static begin({ url, keyFile }: ExistingZitadel): Trial {
    const key = readKey(keyFile);
    const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-trial-"));
    writeFileSync(placeFile(folder), JSON.stringify({ origin: url.origin, keyFile: resolve(keyFile) }));
    return new Trial(folder, url.origin, key);
  }

  /** One that a run left. */
  static open({ folder, keyFile }: RemovalOptions): Trial {
    let place: { origin: string; keyFile: string };
    try {
      place = JSON.parse(readFileSync(placeFile(folder), "utf8"));
    } catch (error) {
      throw new OptionsError(`--remove ${folder}: no run left this folder: ${(error as Error).message}`);
    }
    return new Trial(resolve(folder), place.origin, readKey(keyFile ?? place.keyFile));
  }

  /** What the plugin needs in its environment to write down what it creates. */
  get environment(): Record<string, string> {
    return { [USER_LOG]: this.#log };
  }

  /** The command that removes what is left. */
  get command(): string {
    return `npm start -- --remove ${/^[\w./-]+$/.test(this.folder) ? this.folder : `'${this.folder}'`}`;
  }

  /** Removes what is left in ZITADEL, and then the folder; else says what it is. Whether nothing is left. */
  async end(say: Say): Promise<boolean> {
    const { users, unanswered } = readUserLog(this.#log);
    const left: LeftUser[] = [];
    for (const creation of unanswered) {
      const found = await this.#find(creation);
      if (found && "reason" in found) left.push(found);
      else if (found) users.push(found);
    }
    for (const user of users) {
      const reason = await this.#remove(user);
      if (reason === undefined) say(`removed from ${this.origin}: ${describe(user)}`);
      else left.push({ ...user, reason });
    }
    if (left.length === 0) {
      rmSync(this.folder, { recursive: true, force: true });
      return true;
    }
    for (const user of left) say(`left in ${this.origin}: ${describe(user)}: ${user.reason}`);
    say(`this removes it: ${this.command}`);
    return false;
  }

  get #log(): string {
    return join(this.folder, "users.ndjson");
  }

  /** Resolves with why the user could not be removed. */
  async #remove({ userId, organizationId }: CreatedUser): Promise<string | undefined> {
    try {
      await this.#api.call("DELETE", `${management}/users/${userId}`, undefined, organizationId);
    } catch (error) {
      if (!(error instanceof ApiError && error.notFound)) return (error as Error).message;
    }
    return undefined;
  }

  /** What became of a creation that nobody answered: by ZITADEL's events, whose editor is the run's administrator. */
  async #find(creation: Creation): Promise<CreatedUser | LeftUser | undefined> {
    const deadline = performance.now() + LATE_CREATION;
    try {
      for (;;) {
        const userId = await this.#createdSince(creation);
        if (userId !== undefined) return { ...creation, userId };
        if (performance.now() > deadline) return undefined;
        await delay(LOOK_INTERVAL);
      }
    } catch (error) {
      return { ...creation, reason: `whether it was created is not known: ${(error as Error).message}` };
    }
  }

  async #createdSince({ userName, after }: Creation): Promise<string | undefined> {
    type Added = { aggregate: { id: string }; payload?: { userName?: string } };
    const { events = [] } = await this.#api.call<{ events?: Added[] }>("POST", "/admin/v1/events/_search", {
      asc: true,
      limit: 1000,
      editorUserId: this.#administratorId,
      eventTypes: ["user.machine.added"],
      range: { since: after, until: formatMicros(Date.now() * 1000 + DAY) },
    });
    return events.find(({ payload }) => payload?.userName === userName)?.aggregate.id;
  }
}

/** Microseconds by which ZITADEL's clock may be ahead of this machine's. */
const DAY = 86_400_000_000;

/** The calls to a ZITADEL as the owner of a machine key (JSON). */
export function openApi(url: URL, jwtProfileJson: string): ZitadelApi {
  return new ZitadelApi({
    domain: url.hostname,
    port: url.port,
    insecure: url.protocol === "http:",
    jwtProfileJson,
  });
}

/** Nothing of the file gets into a message. */
function readKey(file: string): MachineKey {
  try {
    const key = JSON.parse(readFileSync(file, "utf8")) as Partial<MachineKey> | null;
    if (typeof key?.userId === "string") return key as MachineKey;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new OptionsError(`--key: ${(error as Error).message}`);
  }
  throw new OptionsError(`--key ${file}: is not the JSON of a service account's key`);
}

function placeFile(folder: string): string {
  return join(folder, "zitadel.json");
}

function describe({ userId, userName, organizationId }: Creation & { userId?: string }): string {
  const id = userId === undefined ? "" : ` ${userId}`;
  return `user${id} "${userName}" of the organization ${organizationId}`;
}
