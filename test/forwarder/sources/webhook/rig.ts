import { type OutgoingHttpHeaders, request } from "node:http";
import { request as tlsRequest } from "node:https";
import { pino } from "pino";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { checkConfiguration } from "../../../../contract";
import type { Journal } from "../../../../forwarder/journal/journal";
import { openJournal } from "../../../../forwarder/journal/open";
import { WebhookSource } from "../../../../forwarder/sources/webhook/webhookSource";
import type { Certificate } from "../../../completeness/certificates";
import { temporaryFolder } from "../../journal/records";
import { until } from "../../lanes/world";
import { organizations } from "../logins/signing";

export interface RigOptions {
  maxBytes?: number;
  /** Whether the journal knows its instance. Default true. */
  bound?: boolean;
  targets?: { name: string; organization?: string; signingKeyFiles: string[] }[];
  /** The listener's certificate at the start, and with it HTTPS; false for files that are not there. */
  tls?: Certificate | false;
  now?: () => number;
}

/** The listener's files below the secrets folder. */
export const tlsFiles = { certificate: "webhook.pem", key: "webhook-key.pem" };

/** A webhook source on a free port over a journal of its own, with the organizations A and B. */
export async function startWebhooks(options: RigOptions = {}) {
  const { declared, secrets, write, folder } = organizations();
  const tls = options.tls === undefined ? undefined : tlsFiles;
  const certify = ({ cert, key }: Certificate) => {
    write(tlsFiles.certificate, cert);
    write(tlsFiles.key, key);
  };
  if (options.tls) certify(options.tls);
  const { configuration, problems } = checkConfiguration({
    zitadel: { issuer: "https://zitadel.example.com", credentials: { machineKeyFiles: ["key.json"] } },
    events: { startFrom: "beginning" },
    destinations: [{ name: "a", stdout: {} }],
    logins: { organizations: declared, webhook: { targets: options.targets, tls } },
  });
  if (!configuration) throw new Error(JSON.stringify(problems));
  const { journal } = openJournal(temporaryFolder(), options.maxBytes ?? 1 << 26, "test");
  journal.serve(["a"]);
  if (options.bound !== false) journal.bindInstance("100");
  const registry = new Registry();
  const logged: string[] = [];
  const source = new WebhookSource({
    logins: configuration.logins!,
    trustedProxies: 0,
    address: { host: "127.0.0.1", port: 0 },
    secrets,
    journal,
    logger: pino({}, { write: (line) => logged.push(line) }),
    registry,
    now: options.now ?? Date.now,
  });
  const stop = new AbortController();
  const ended = source.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await ended.catch(() => undefined);
    journal.close();
  });
  await until(() => source.port() !== undefined, "the source listens");
  const port = source.port()!;
  return { source, journal, registry, port, write, folder, logged, stop, ended, certify, post: poster(port) };
}

export interface Answered {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** Posts bodies to a port of this machine; over HTTPS where an authority is given to trust. */
export function poster(port: number, ca?: string) {
  return (body: unknown, more: { path?: string; method?: string; headers?: OutgoingHttpHeaders } = {}) =>
    new Promise<Answered>((resolve, reject) => {
      const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const call = (ca === undefined ? request : tlsRequest)(
        {
          ca,
          host: "127.0.0.1",
          port,
          agent: false,
          method: more.method ?? "POST",
          path: more.path ?? "/logins",
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(text),
            ...more.headers,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part) => parts.push(part));
          response.on("end", () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              text: Buffer.concat(parts).toString(),
            }),
          );
          response.on("error", reject);
        },
      );
      call.on("error", reject);
      call.end(text);
    });
}

/** The texts of the records that the journal holds for its lane. */
export function recordsIn(journal: Journal) {
  const limits = { maxRecords: 100_000, maxBytes: 1 << 30 };
  return journal.slice("a", 0, limits, (text) => text).records.map(({ body }) => JSON.parse(String(body)));
}

/** The value of a counter with these labels; 0 when it was never moved. */
export async function counted(registry: Registry, name: string, labels: Record<string, string> = {}) {
  const metric = await registry.getSingleMetric(`zitadel_siem_webhook_${name}`)!.get();
  const found = metric.values.find((value) =>
    Object.entries(labels).every(
      ([label, text]) => (value.labels as Record<string, unknown>)[label] === text,
    ),
  );
  return found?.value ?? 0;
}
