import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import type { Outcome, OutgoingRecord } from "../../../../forwarder/destinations/destination";
import { syslogMessage } from "../../../../forwarder/destinations/syslog/message";
import { SyslogDestination } from "../../../../forwarder/destinations/syslog/syslogDestination";
import { readFacts } from "../../../../forwarder/records/formats/facts";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { selfSigned } from "../../../completeness/certificates";
import { temporaryFolder } from "../../journal/records";
import { until } from "../../lanes/world";
import { SyslogReceiver } from "./receiver";

const header = { facility: "audit", appName: "zitadel", hostName: "zitadel.example.com" } as const;
const record = (n: number, filling = 0): OutgoingRecord => {
  const json = JSON.stringify({ id: `v1-${n}`, source: "events", filling: "x".repeat(filling) });
  return { id: `v1-${n}`, createdMicros: n, body: syslogMessage(readFacts(json, false), json, header) };
};
const batch = (...numbers: number[]) => ({ id: "msg_1", records: numbers.map((n) => record(n)) });
const never = new AbortController().signal;

type Settings = ConstructorParameters<typeof SyslogDestination>[0];
const usual: Omit<Settings, "url"> = {
  facility: "audit",
  appName: "zitadel",
  maxMessageBytes: 8192,
  confirmSeconds: 0.2,
  timeoutSeconds: 5,
};

async function receiver(tls?: TlsOptions): Promise<SyslogReceiver> {
  const started = await SyslogReceiver.start(tls);
  onTestFinished(() => started.close());
  return started;
}

function destination(url: string, settings: Partial<Settings> = {}, files: Record<string, string> = {}) {
  const folder = join(temporaryFolder(), "secrets");
  mkdirSync(folder);
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) put(name, text);
  const made = new SyslogDestination({ ...usual, url, ...settings }, new SecretFiles(folder));
  onTestFinished(() => made.close());
  return Object.assign(made, { put });
}

const arrivalOf = (outcome: Outcome) => ("arrival" in outcome ? outcome.arrival : undefined);

it("a batch has arrived once its connection lived on, was ended, and the receiver read to that end", async () => {
  const peer = await receiver();
  const syslog = destination(peer.url);
  const outcomes = [await syslog.deliver(batch(1, 2), never), await syslog.deliver(batch(3), never)];
  expect(outcomes.map(({ kind }) => kind)).toEqual(["acknowledged", "acknowledged"]);
  await until(() => peer.messages.length === 3, "the messages are there");
  expect(peer.open.size).toBe(1);
  expect(await arrivalOf(outcomes[0]!)).toBe(true);
  expect(await arrivalOf(outcomes[1]!)).toBe(true);
  expect(peer.ids).toEqual(["v1-1", "v1-2", "v1-3"]);
  // The first is the one without a record that showed that the receiver ends connections.
  expect([peer.connections, peer.ended]).toEqual([2, 2]);
});

it("a connection that breaks while it is waited for has perhaps taken its batches with it", async () => {
  const peer = await receiver();
  const syslog = destination(peer.url, { confirmSeconds: 60 });
  const first = await syslog.deliver(batch(1), never);
  await until(() => peer.messages.length === 1, "the message is there");
  peer.reset();
  expect(await arrivalOf(first)).toBe(false);
  const again = await syslog.deliver(batch(1), never);
  expect(again.kind).toBe("acknowledged");
  syslog.finish();
  expect(await arrivalOf(again)).toBe(true);
  expect(peer.ids).toEqual(["v1-1", "v1-1"]);
});

it("to finish ends connections at once and waits for the receiver's end", async () => {
  const peer = await receiver();
  const syslog = destination(peer.url, { confirmSeconds: 300 });
  const outcome = await syslog.deliver(batch(1), never);
  syslog.finish();
  expect(await arrivalOf(outcome)).toBe(true);
  const late = await syslog.deliver(batch(2), never);
  expect(await arrivalOf(late)).toBe(true);
});

it("a receiver that does not end what was ended is a fault, before anything is sent", async () => {
  const peer = await receiver();
  peer.ends = false;
  const syslog = destination(peer.url, { timeoutSeconds: 0.2 });
  expect(await syslog.deliver(batch(1), never)).toEqual({
    kind: "fault",
    reason: "does not end a connection that was ended, so that nobody knows what it has read",
    remedy: expect.stringContaining("pass the end of a connection on"),
  });
  expect(peer.messages).toEqual([]);
  peer.ends = true;
  expect((await syslog.deliver(batch(1), never)).kind).toBe("acknowledged");
});

it("a receiver that takes connections and breaks them with records on them is tried with one batch at a time", async () => {
  const peer = await receiver();
  peer.breaks = true;
  const syslog = destination(peer.url, { confirmSeconds: 60 });
  const kinds: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    const outcome = await syslog.deliver(batch(1), never);
    kinds.push(outcome.kind);
    if (outcome.kind === "acknowledged") expect(await arrivalOf(outcome)).toBe(false);
  }
  expect(kinds.slice(-3)).toEqual(["retry", "retry", "retry"]);
  peer.breaks = false;
  // What the try carried has arrived with its end: nothing is waited for.
  expect(await syslog.deliver(batch(2), never)).toEqual({ kind: "acknowledged" });
  await until(() => peer.ids.includes("v1-2"), "the message is there");
});

it("a message that is too long is refused by its id, the others are sent", async () => {
  const peer = await receiver();
  const syslog = destination(peer.url, { maxMessageBytes: 2048 });
  const records = [record(1), record(2, 2048), record(3)];
  const outcome = await syslog.deliver({ id: "msg_1", records }, never);
  expect(outcome).toMatchObject({ kind: "divided", retry: { ids: new Set() } });
  expect(outcome.kind === "divided" && [...outcome.refused]).toEqual([
    ["v1-2", `is a message of ${records[1]!.body.length} bytes, more than maxMessageBytes (2048)`],
  ]);
  expect(await arrivalOf(outcome)).toBe(true);
  expect(peer.ids).toEqual(["v1-1", "v1-3"]);
});

it("nobody at the address, and a write that gets nowhere, are tried again", async () => {
  const gone = await SyslogReceiver.start();
  await gone.close();
  expect(await destination(gone.url).deliver(batch(1), never)).toEqual({
    kind: "retry",
    reason: "no answer (ECONNREFUSED)",
  });
  const peer = await receiver();
  const syslog = destination(peer.url, { maxMessageBytes: 1 << 20, timeoutSeconds: 1 });
  await syslog.deliver(batch(1), never);
  peer.reset();
  await until(() => peer.open.size === 0, "the connection is gone");
  peer.reads = false;
  const stuck = { id: "msg_1", records: Array.from({ length: 32 }, (_, n) => record(n, 900_000)) };
  const outcome = await syslog.deliver(stuck, never);
  expect(outcome.kind).not.toBe("acknowledged");
});

it("gives up with its signal", async () => {
  const peer = await receiver();
  const syslog = destination(peer.url, { confirmSeconds: 60 });
  const abandon = new AbortController();
  const outcome = await syslog.deliver(batch(1), abandon.signal);
  abandon.abort();
  expect(await arrivalOf(outcome)).toBe(false);
  await expect(syslog.deliver(batch(1), abandon.signal)).rejects.toBe(abandon.signal.reason);
});

it("over TLS: the authority, the client's certificate, and a changed one without a restart", async () => {
  const [server, client, stranger] = ["server", "client", "stranger"].map((name) =>
    selfSigned(name, "IP:127.0.0.1"),
  ) as [ReturnType<typeof selfSigned>, ReturnType<typeof selfSigned>, ReturnType<typeof selfSigned>];
  const peer = await receiver({ ...server, ca: client.cert, requestCert: true });
  const files = { ca: server.cert, client: stranger.cert, key: stranger.key };
  const tls = { ca: "ca", clientCertificate: { certificate: "client", key: "key" } };

  expect(await destination(peer.url).deliver(batch(1), never)).toMatchObject({
    kind: "fault",
    reason: "its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)",
  });
  expect(await destination(peer.url, { ca: "ca" }, files).deliver(batch(1), never)).toMatchObject({
    kind: "fault",
    reason: "it refuses the connection over TLS (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)",
    remedy: expect.stringContaining("give clientCertificate a certificate that the destination trusts"),
  });
  expect(
    await destination(peer.url, { ...tls, serverName: "other" }, files).deliver(batch(1), never),
  ).toMatchObject({ kind: "fault", reason: "its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)" });
  const syslog = destination(peer.url, tls, files);
  // Some receivers say why they refuse a certificate, others just end the connection, as this one does.
  expect(await syslog.deliver(batch(1), never)).toEqual({ kind: "retry", reason: "ended the connection" });
  syslog.put("client", "no certificate");
  expect(await syslog.deliver(batch(1), never)).toMatchObject({
    kind: "fault",
    reason: expect.stringContaining("the secrets file"),
  });
  syslog.put("client", client.cert);
  syslog.put("key", client.key);
  const outcome = await syslog.deliver(batch(1), never);
  expect(outcome.kind).toBe("acknowledged");
  expect(await arrivalOf(outcome)).toBe(true);
  expect(peer.ids).toEqual(["v1-1"]);
  expect(await destination(peer.url, { ca: "missing" }).deliver(batch(1), never)).toMatchObject({
    kind: "fault",
    reason: "the secrets file missing cannot be read (ENOENT)",
  });
});
