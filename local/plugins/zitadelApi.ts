import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";

/** How the provider is configured; the names are those of its arguments. */
export interface ProviderConfiguration {
  domain: string;
  port?: string;
  insecure?: boolean;
  /** Path of a key file. Goes before the others. */
  token?: string;
  /** Path of a key file. */
  jwtProfileFile?: string;
  /** A key file's contents. */
  jwtProfileJson?: string;
}

/** ZITADEL's refusal, with the text that a gRPC client makes of it, which is what the real provider passes on. */
export class ApiError extends Error {
  constructor(
    /** gRPC's number of the reason; 5 is NotFound, 9 FailedPrecondition. */
    readonly code: number,
    message: string,
  ) {
    super(`rpc error: code = ${codeNames[code] ?? `Code(${code})`} desc = ${message}`);
  }

  get notFound(): boolean {
    return this.code === 5;
  }
}

const codeNames = [
  ...["OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists"],
  ...[
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
  ],
  ...["Internal", "Unavailable", "DataLoss", "Unauthenticated"],
];

const scope = "openid urn:zitadel:iam:org:project:id:zitadel:aud";
/** Seconds that an assertion is good for. */
const assertionLifetime = 3600;
/** Seconds before its end at which a token is replaced. */
const tokenMargin = 60;
/** Milliseconds that a call may take. */
const callTimeout = 60_000;

/**
 * The calls of one configured provider. Signs in by a JWT profile at the first of them and again before the token
 * ends. The real provider speaks gRPC; the REST API is the same calls by another name.
 */
export class ZitadelApi {
  readonly #issuer: string;
  #token: { value: Promise<string>; until: number } | undefined;

  constructor(private readonly configuration: ProviderConfiguration) {
    const { domain, port, insecure, token, jwtProfileFile, jwtProfileJson } = configuration;
    if (!token && !jwtProfileFile && !jwtProfileJson) {
      throw new Error("either 'jwt_profile_file' or 'jwt_profile_json' is required");
    }
    const isDefaultPort = !port || port === (insecure ? "80" : "443");
    this.#issuer = `${insecure ? "http" : "https"}://${domain}${isDefaultPort ? "" : `:${port}`}`;
  }

  /**
   * One call in the context of an organization; without one ZITADEL takes that of the account that calls. Throws
   * `ApiError` for what ZITADEL refuses.
   */
  async call<Answer>(method: string, path: string, body?: object, organization?: string): Promise<Answer> {
    const response = await fetch(this.#issuer + path, {
      method,
      headers: {
        authorization: `Bearer ${await this.#signedIn()}`,
        ...(body && { "content-type": "application/json" }),
        ...(organization && { "x-zitadel-orgid": organization }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(callTimeout),
    }).catch((error: Error) => {
      throw new ApiError(14, `${method} ${this.#issuer}${path}: ${reason(error)}`);
    });
    const text = await response.text();
    const answer = parse(text) as { code?: number; message?: string } | undefined;
    if (!response.ok || answer === undefined) {
      throw new ApiError(answer?.code ?? 2, answer?.message ?? `unexpected HTTP status ${response.status}`);
    }
    return answer as Answer;
  }

  #signedIn(): Promise<string> {
    const now = Date.now() / 1000;
    if (!this.#token || this.#token.until < now) {
      const token = { value: this.#signIn(now), until: Number.POSITIVE_INFINITY };
      this.#token = token;
      token.value.catch(() => {
        this.#token = undefined;
      });
    }
    return this.#token.value;
  }

  async #signIn(now: number): Promise<string> {
    const key = this.#key();
    const issued = Math.floor(now);
    const claims = { iss: key.userId, sub: key.userId, aud: this.#issuer, iat: issued };
    const head = encode({ alg: "RS256", typ: "JWT", kid: key.keyId });
    const signed = `${head}.${encode({ ...claims, exp: issued + assertionLifetime })}`;
    const signature = createSign("RSA-SHA256").update(signed).sign(key.key, "base64url");
    const response = await fetch(`${this.#issuer}/oauth/v2/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        scope,
        assertion: `${signed}.${signature}`,
      }),
      signal: AbortSignal.timeout(callTimeout),
    }).catch((error: Error) => {
      throw new Error(`failed to start zitadel client: ${this.#issuer}: ${reason(error)}`);
    });
    const text = await response.text();
    const answer = parse(text) as { access_token?: string; expires_in?: number; error?: string } | undefined;
    if (!response.ok || !answer?.access_token) {
      const status = `HTTP status ${response.status}, ${answer?.error ?? "no access token in the answer"}`;
      throw new Error(
        `failed to start zitadel client: ${this.#issuer} gives no token for the key: ${status}`,
      );
    }
    this.#token!.until = now + (answer.expires_in ?? 0) - tokenMargin;
    return answer.access_token;
  }

  /** The key that the provider signs in with; nothing of it may get into a message. */
  #key(): { userId: string; keyId: string; key: string } {
    const { token, jwtProfileFile, jwtProfileJson } = this.configuration;
    const path = token || jwtProfileFile;
    const text = path ? readFileSync(path, "utf8") : jwtProfileJson!;
    const key = parse(text) as { userId?: string; keyId?: string; key?: string } | undefined;
    if (!key?.userId || !key.keyId || !key.key) {
      const source = path ? `the file ${path}` : "jwtProfileJson";
      throw new Error(`failed to start zitadel client: ${source} is not the JSON of a machine key`);
    }
    return { userId: key.userId, keyId: key.keyId, key: key.key };
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a fetch failed: its own message says "fetch failed" alone. */
function reason(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
