import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "../../contract";
import type { MonotonicClock, ZitadelClock } from "./clock";
import type { Connection } from "./connection";
import { readMachineKey, signAssertion } from "./machineKey";
import { type Answer, errorOfAnswer, ZitadelError } from "./zitadelError";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud";
const REQUEST = "the request for an access token";

/** A token is renewed when this part of its life is over. */
const USED_LIFE = 0.9;
/** A credential that was refused comes last for this time. Milliseconds. */
const REFUSED_MILLIS = 300_000;

/** A credential: its file and what the file holds now. */
interface Credential {
  file: string;
  content: string;
}

export interface TokensOptions {
  credentials: Configuration["zitadel"]["credentials"];
  /** Folder that the credentials' files lie in. */
  secrets: string;
  /** ZITADEL's issuer: the audience of the assertion. */
  issuer: string;
  connection: Connection;
  clock: MonotonicClock;
  zitadelClock: ZitadelClock;
  /** Milliseconds for one request. */
  timeoutMillis: number;
}

/**
 * Access tokens. With machine keys: the JWT profile, the last listed file first and the others when it is
 * refused, so that a key can be added before the old one goes; a token is kept, since each grant writes two
 * events. With a personal access token: the file's content. Files are read at each use: a changed one counts
 * at once.
 */
export class Tokens {
  private token: (Credential & { value: string; renewAt: number }) | undefined;
  private readonly refused = new Map<string, { content: string; until: number }>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: TokensOptions) {}

  /** A token to use now. Throws a ZitadelError when no credential gives one. */
  get(signal: AbortSignal): Promise<string> {
    const { credentials } = this.options;
    if ("personalAccessTokenFile" in credentials) return this.personal(credentials.personalAccessTokenFile);
    const next = this.last.then(() => this.fromKeys(credentials.machineKeyFiles, signal));
    this.last = next.catch(() => undefined);
    return next;
  }

  /** ZITADEL refused the token: it is not used again, and the key that it was made from comes last for a while. */
  refuse(value: string): void {
    if (this.token?.value !== value) return;
    this.putLast(this.token);
    this.token = undefined;
  }

  private async fromKeys(files: readonly string[], signal: AbortSignal): Promise<string> {
    const errors: ZitadelError[] = [];
    const credentials: Credential[] = [];
    for (const file of files.toReversed())
      await this.read(file).then(
        (content) => credentials.push({ file, content }),
        (error: ZitadelError) => errors.push(error),
      );
    const inOrder = [
      ...credentials.filter((credential) => !this.isRefused(credential)),
      ...credentials.filter((credential) => this.isRefused(credential)),
    ];
    for (const credential of inOrder) {
      try {
        return await this.fromKey(credential, signal);
      } catch (error) {
        if (!(error instanceof ZitadelError) || !error.kind.startsWith("key ")) throw error;
        this.putLast(credential);
        errors.push(error);
      }
    }
    throw errors[0]!;
  }

  private async fromKey(credential: Credential, signal: AbortSignal): Promise<string> {
    const { connection, clock, zitadelClock, issuer, timeoutMillis } = this.options;
    const { token } = this;
    if (
      token?.file === credential.file &&
      token.content === credential.content &&
      clock.now() < token.renewAt
    )
      return token.value;

    const key = readMachineKey(credential.content, credential.file);
    // An answer to anything at all tells ZITADEL's time; this one needs no token.
    if (!zitadelClock.known)
      await connection.send({ method: "GET", path: "/debug/ready", timeoutMillis, signal });
    const assertion = await signAssertion(key, issuer, zitadelClock.earliest());
    const askedAt = clock.now();
    const answer = await connection.send({
      method: "POST",
      path: "/oauth/v2/token",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ grant_type: GRANT, scope: SCOPE, assertion }).toString(),
      timeoutMillis,
      signal,
    });
    const { value, lifeSeconds } = readToken(answer, credential.file, connection.host);
    this.token = { ...credential, value, renewAt: askedAt + lifeSeconds * 1000 * USED_LIFE };
    this.refused.delete(credential.file);
    return value;
  }

  private putLast({ file, content }: Credential): void {
    this.refused.set(file, { content, until: this.options.clock.now() + REFUSED_MILLIS });
  }

  private isRefused({ file, content }: Credential): boolean {
    const refused = this.refused.get(file);
    return refused !== undefined && refused.content === content && this.options.clock.now() < refused.until;
  }

  private async personal(file: string): Promise<string> {
    const value = (await this.read(file)).trim();
    if (isHeaderText(value)) return value;
    throw new ZitadelError("key unreadable", `the personal access token file ${file} holds no token`, {
      remedy: "put the personal access token there, alone",
      retry: "later",
    });
  }

  private async read(file: string): Promise<string> {
    try {
      // Synchronous, from memory: a request must not wait behind the commit that goes on beside it.
      return readFileSync(join(this.options.secrets, file), "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ZitadelError("key unreadable", `the credential file ${file} cannot be read (${code})`, {
        remedy: "check the Secret that is mounted as the secrets folder",
        retry: "later",
      });
    }
  }
}

/** Whether a text can stand in a header after `Bearer `. */
function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** ZITADEL answers 500 `server_error` to everything that is wrong with an assertion (recordings tok-04 to tok-11). */
function readToken(answer: Answer, file: string, host: string): { value: string; lifeSeconds: number } {
  if (answer.status === 200) {
    try {
      const { access_token, expires_in } = JSON.parse(answer.text);
      if (typeof access_token === "string" && isHeaderText(access_token) && typeof expires_in === "number")
        return { value: access_token, lifeSeconds: expires_in };
    } catch {
      // Reported below, in the same words as any other answer without a token.
    }
    throw new ZitadelError("garbage", `${REQUEST}: the answer holds no token`, {
      remedy: "check that zitadel.issuer and zitadel.address are ZITADEL's",
      retry: "soon",
      status: 200,
    });
  }
  if (answer.status === 500 && answer.text.includes('"server_error"'))
    throw new ZitadelError("key refused", `ZITADEL refused the machine key ${file} (500 server_error)`, {
      remedy:
        "check that the key is neither removed nor expired, that zitadel.issuer is exactly ZITADEL's issuer with its port, and that no proxy changes the Date header or has a clock that is off (the key is used with ZITADEL's time, as its answers tell it)",
      retry: "soon",
      status: 500,
    });
  throw errorOfAnswer(answer, REQUEST, host);
}
