import { createHash, createHmac, randomBytes } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { ConfigurationInput } from "../../contract";
import { LOG_MARKER } from "../../contract/loginClaim";
import { emitted } from "../forwarder/sources/stdout/lines";
import { Stage, type StageOptions } from "./stage";

/** The secrets of two organizations, by their ids; B's administrator knows B's alone. */
export const secretOf = { A: "a secret of organization A", B: "a secret of organization B" };
export type Organization = keyof typeof secretOf;

type Logins = NonNullable<ConfigurationInput["logins"]>;

/** Login records of A and B by webhook, as the configuration declares them. */
export const logins: Logins = {
  organizations: Object.keys(secretOf).map((id) => ({ id, secretFiles: [`logins/${id}/2026-11`] })),
  webhook: {},
};

/** The same, from the log of the pods in a namespace. */
export const loggedLogins = (namespace: string): Logins => ({
  organizations: logins.organizations,
  stdout: { namespace },
});

/** The files that they name, below the secrets folder. */
export const loginSecrets = Object.fromEntries(
  Object.entries(secretOf).map(([id, secret]) => [`logins/${id}/2026-11`, secret]),
);

/** A stage whose forwarder takes login records of A and B; by webhook where nothing else is declared. */
export async function setLogins(options: StageOptions, declared = logins): Promise<Stage> {
  const stage = await Stage.set({
    ...options,
    configuration: (plain) => ({ ...(options.configuration?.(plain) ?? plain), logins: declared }),
  });
  for (const [path, secret] of Object.entries(loginSecrets)) stage.forwarder.secret(path, secret);
  return stage;
}

/** One login's claim, as the script makes it, and the call that carries it. */
export function login(
  organization: Organization,
  fields: Record<string, unknown> = {},
  secret = secretOf[organization],
) {
  const id = randomBytes(16).toString("hex");
  const record = JSON.stringify({
    id,
    time: new Date().toISOString(),
    flow: "internal",
    trigger: "post authentication",
    outcome: "failure",
    error: "COMMAND-3M0fs",
    method: "password",
    user: { id: "400716717564628006", loginName: "erika@example.com" },
    ip: "203.0.113.7",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64)",
    ...fields,
  });
  return { id, recordId: recordIdOf(organization, id), call: callOf(organization, record, secret) };
}

export function callOf(organization: string, record: string, secret: string) {
  return { organization, signature: createHmac("sha256", secret).update(record).digest("hex"), record };
}

/** The line that the script writes to ZITADEL's log instead of such a call. */
export function logLine(
  call: ReturnType<typeof callOf>,
  instanceId: string,
  format?: "text" | "json",
): string {
  const { organization, signature, record } = call;
  return emitted(`${LOG_MARKER} ${organization} ${signature} ${record}`, format, instanceId);
}

/** The id under which a login's record is delivered, computed anew from its definition. */
export function recordIdOf(organization: string, id: string): string {
  const text = [organization, id].map((part) => `${Buffer.byteLength(part)}:${part}`).join("");
  return `l1-${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

/** Posts a body to the webhook of a running forwarder; the status, or why there was no answer. */
export function post(
  port: number,
  body: unknown,
  more: { path?: string; method?: string; chunked?: boolean } = {},
): Promise<number | "no answer"> {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve) => {
    const { path = "/logins", method = "POST" } = more;
    const headers = more.chunked
      ? { "transfer-encoding": "chunked" }
      : { "content-length": Buffer.byteLength(text) };
    const call = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode!));
      response.on("error", () => resolve("no answer"));
    });
    call.on("error", () => resolve("no answer"));
    call.end(text);
  });
}

/** What a caller notes of itself, apart from the forwarder: ids of the records that were answered 2xx. */
export class CallersLedger {
  answered = 0;

  constructor(readonly file: string) {
    writeFileSync(file, "");
  }

  accepted(recordId: string): void {
    appendFileSync(this.file, `${recordId}\n`);
    this.answered += 1;
  }

  ids(): string[] {
    return readFileSync(this.file, "utf8").split("\n").filter(Boolean);
  }
}

/** A login record as the receiver wrote it to its file. */
export interface ArrivedLogin {
  id: string;
  source: string;
  organization: { id: string };
  login: Record<string, unknown>;
}

/** The login records in a receiver's file, in the order in which they arrived. */
export function loginsIn(receiverFile: string): ArrivedLogin[] {
  return readFileSync(receiverFile, "utf8")
    .split("\n")
    .filter((line) => line.includes('"id":"l1-'))
    .map((line) => JSON.parse(line) as ArrivedLogin);
}
