import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BulkDestination } from "../../../forwarder/destinations/bulk/bulkDestination";
import type { Destination } from "../../../forwarder/destinations/destination";
import { HttpDestination } from "../../../forwarder/destinations/http/httpDestination";
import { OtlpDestination } from "../../../forwarder/destinations/otlp/otlpDestination";
import { outcomeOfError, outcomeOfGate } from "../../../forwarder/destinations/overHttp/outcome";
import { SplunkDestination } from "../../../forwarder/destinations/splunk/splunkDestination";
import { SecretFiles } from "../../../forwarder/secretFiles";
import { type Certificate, selfSigned } from "../../completeness/certificates";
import { temporaryFolder } from "../journal/records";

const never = new AbortController().signal;
const batch = { id: "msg_1", records: [{ id: "v1-1", createdMicros: 1, body: "{}" }] };
const files = { certificate: "client.pem", key: "client-key.pem" };

let own: Certificate;
let first: Certificate;
let second: Certificate;
beforeAll(() => {
  own = selfSigned("siem.example.com", "IP:127.0.0.1");
  [first, second] = ["first", "second"].map((name) => selfSigned(name, `DNS:${name}`)) as [
    Certificate,
    Certificate,
  ];
});

/** A server that asks for a client certificate and takes those alone. It remembers whose each request was. */
async function receiver(trusted: Certificate, answer: (request: IncomingMessage) => string = () => "{}") {
  const asked = { requestCert: true, rejectUnauthorized: true };
  const names: string[] = [];
  const server: Server = createServer({ ...own, ca: trusted.cert, ...asked }, (request, response) => {
    names.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
    request.resume().on("end", () => response.end(answer(request)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names,
    /** From now on it takes these alone, and ends the connections that it has. */
    trust(certificate: Certificate) {
      server.setSecureContext({ ...own, ca: certificate.cert });
      server.closeAllConnections();
    },
  };
}

/** The secrets folder of a forwarder, with a client certificate and the authority of the server. */
function secretsWith(certificate: Partial<Certificate>) {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const put = ({ cert, key }: Partial<Certificate>) => {
    if (cert !== undefined) writeFileSync(join(folder, files.certificate), cert);
    if (key !== undefined) writeFileSync(join(folder, files.key), key);
  };
  put(certificate);
  writeFileSync(join(folder, "ca.pem"), own.cert);
  writeFileSync(join(folder, "token"), "token");
  return { secrets: new SecretFiles(folder), put };
}

const common = { gzip: true, timeoutSeconds: 5, ca: "ca.pem", clientCertificate: files };
const noHeaders = { headers: {}, secretHeaders: {} };

function http(url: string, secrets: SecretFiles, settings: object = {}): HttpDestination {
  const all = { url, body: "ndjson" as const, ...common, ...noHeaders, ...settings };
  const made = new HttpDestination(all, 2, secrets, Date.now);
  onTestFinished(() => made.close());
  return made;
}

it("says who it is, and takes another certificate without a restart", async () => {
  const server = await receiver(first);
  const { secrets, put } = secretsWith(first);
  const made = http(server.url, secrets);
  expect(await made.deliver(batch, never)).toEqual({ kind: "acknowledged" });
  put(second);
  server.trust(second);
  expect(await made.deliver(batch, never)).toEqual({ kind: "acknowledged" });
  expect(server.names).toEqual(["first", "second"]);
});

it("lets a request end on its connection while the certificate changes", async () => {
  let answered = () => {};
  const server = createServer({ ...own, ca: [first.cert, second.cert], requestCert: true }, (_, response) => {
    answered = () => response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { secrets, put } = secretsWith(first);
  const made = http(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, secrets);
  const arrived = new Promise((resolve) => server.once("request", resolve));
  const delivery = made.deliver(batch, never);
  await arrived;
  const finish = answered;
  put(second);
  const arrivedToo = new Promise((resolve) => server.once("request", resolve));
  const next = made.deliver(batch, never);
  await arrivedToo;
  finish();
  answered();
  expect(await Promise.all([delivery, next])).toEqual([{ kind: "acknowledged" }, { kind: "acknowledged" }]);
});

describe("every kind over HTTP says who it is:", () => {
  const kinds: { [kind: string]: (url: string, secrets: SecretFiles) => Destination } = {
    splunk: (url, secrets) =>
      new SplunkDestination(
        {
          ...{ url, token: "token", sourcetype: "t", source: "s", ...common },
          ...{ acknowledgement: false, acknowledgementTimeoutSeconds: 1 },
        },
        1,
        { name: "soc", journalId: "j1" },
        secrets,
        Date.now,
      ),
    opensearch: (url, secrets) =>
      new BulkDestination(
        "opensearch",
        { url, target: { index: "zitadel" }, template: "none", ...common },
        "ecs",
        1,
        secrets,
        Date.now,
      ),
    otlp: (url, secrets) =>
      new OtlpDestination(
        { url, encoding: "json", ...noHeaders, ...common },
        { inFlight: 1, maxBytes: 1 << 20 },
        false,
        () => "17",
        secrets,
        Date.now,
      ),
  };
  it.each(Object.keys(kinds))("%s", async (kind) => {
    const { url, names } = await receiver(first, ({ url }) =>
      url!.startsWith("/_bulk") ? '{"items":[{"create":{"status":201}}]}' : '{"text":"Success","code":0}',
    );
    const made = kinds[kind]!(url, secretsWith(first).secrets);
    onTestFinished(() => made.close());
    expect(await made.deliver(batch, never)).toEqual({ kind: "acknowledged" });
    expect(names).toEqual(["first"]);
  });
});

describe("of no use, and named:", () => {
  const encrypted = ({ key }: Certificate) =>
    execFileSync("openssl", ["pkcs8", "-topk8", "-passout", "pass:hidden"], { input: key }).toString();
  const pem = (what: string) => `-----BEGIN ${what}-----\nbm90aGluZw==\n-----END ${what}-----\n`;
  const useless: [what: string, files: () => Partial<Certificate>, reason: RegExp][] = [
    ["no certificate", () => ({ key: first.key }), /client\.pem cannot be read \(ENOENT\)/],
    ["no key", () => ({ cert: first.cert }), /client-key\.pem cannot be read \(ENOENT\)/],
    ["a text as the certificate", () => ({ ...first, cert: "hidden" }), /client\.pem holds no certificate/],
    ["broken PEM", () => ({ ...first, cert: pem("CERTIFICATE") }), /client\.pem holds no certificate/],
    ["the key in its place", () => ({ ...first, cert: first.key }), /client\.pem holds no certificate/],
    ["a broken key", () => ({ ...first, key: pem("PRIVATE KEY") }), /client-key\.pem holds no private key/],
    [
      "a key with a passphrase",
      () => ({ ...first, key: encrypted(first) }),
      /client-key\.pem holds no private key in PEM without a passphrase/,
    ],
    [
      "the key of another",
      () => ({ ...first, key: second.key }),
      /the private key in the secrets file client-key\.pem is not that of the certificate in client\.pem/,
    ],
  ];
  it.each(useless)("%s", async (_, given, reason) => {
    const { url, names } = await receiver(first);
    const { secrets, put } = secretsWith(given());
    const made = http(url, secrets);
    const outcome = await made.deliver(batch, never);
    expect(outcome).toMatchObject({ kind: "fault", reason: expect.stringMatching(reason) });
    expect(JSON.stringify(outcome)).not.toContain("hidden");
    put(first);
    expect(await made.deliver(batch, never)).toEqual({ kind: "acknowledged" });
    expect(names).toEqual(["first"]);
  });

  it("none, where one is asked for", async () => {
    const { url } = await receiver(first);
    const made = http(url, secretsWith({}).secrets, { clientCertificate: undefined });
    expect(await made.deliver(batch, never)).toMatchObject({
      kind: "fault",
      reason: expect.stringMatching(
        /^it refuses the connection over TLS \(ERR_SSL_.*CERTIFICATE_REQUIRED\)$/,
      ),
      remedy: expect.stringMatching(/give clientCertificate/),
    });
  });

  it.each(["BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN", "HANDSHAKE_FAILURE"])(
    "one that the other side answers with the alert %s",
    (alert) => {
      for (const code of [`ERR_SSL_SSLV3_ALERT_${alert}`, `ERR_SSL_SSL/TLS_ALERT_${alert}`])
        expect(outcomeOfError(Object.assign(new Error("x"), { code })).kind).toBe("fault");
    },
  );

  it.each(["The SSL certificate error", "No required SSL certificate was sent"])(
    "one that nginx answers with 400, so that no record is set aside for it: %s",
    (said) => {
      const page = `<html>\r\n<head><title>400 ${said}</title></head>\r\n<body>\r\n`;
      expect(outcomeOfGate(400, page)).toMatchObject({ kind: "fault", reason: `answered 400: ${said}` });
      expect(outcomeOfGate(400, "the record is too old")).toBeUndefined();
    },
  );
});
