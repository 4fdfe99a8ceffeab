import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { BulkDestination } from "../../../forwarder/destinations/bulk/bulkDestination";
import type { CredentialSettings } from "../../../forwarder/destinations/overHttp/headers";
import { SecretFiles } from "../../../forwarder/secretFiles";
import { type Certificate, selfSigned } from "../../completeness/certificates";
import { eventRecords, temporaryFolder } from "../../forwarder/journal/records";
import type { SearchNode } from "./node";

const never = new AbortController().signal;

/** Ends TLS before a node, and passes on what carries a credential, as a node with security does. */
async function startGate(node: SearchNode, certificate: Certificate, credential: string) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer(certificate, (incoming, response) => {
    const { method, url: path, headers } = incoming;
    seen.push(headers);
    if (headers.authorization !== credential) {
      const error = { type: "security_exception", reason: "missing authentication credentials" };
      incoming.resume();
      response.writeHead(401, { "content-type": "application/json" });
      return response.end(JSON.stringify({ error, status: 401 }));
    }
    const passed = request({ host: "127.0.0.1", port: node.port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/**
 * A node behind TLS gets records from who trusts its authority and has the credential.
 *
 * @param settings how the credential is given, its file being `credential`
 * @param header what it makes of `hidden` in that file
 */
export async function expectTls(
  node: SearchNode,
  settings: CredentialSettings,
  header: string,
): Promise<void> {
  const server = selfSigned("search.example.com", "IP:127.0.0.1");
  const gate = await startGate(node, server, header);
  const secrets = join(temporaryFolder(), "secrets");
  mkdirSync(secrets);
  const put = (name: string, text: string) => writeFileSync(join(secrets, name), text);
  put("ca.pem", server.cert);
  put("other.pem", selfSigned("other.example.com", "IP:127.0.0.1").cert);
  const destination = (ca?: string) => {
    const target = { index: "over-tls" };
    const made = new BulkDestination(
      node.kind,
      { url: gate.url, target, template: "install", gzip: true, timeoutSeconds: 30, ca, ...settings },
      ...(["ecs", 1, new SecretFiles(secrets), Date.now] as const),
    );
    onTestFinished(() => made.close());
    return made;
  };
  const records = eventRecords(0, 50);
  const deliver = (ca?: string) => destination(ca).deliver({ id: "msg_1", records }, never);

  put("credential", "hidden");
  for (const ca of [undefined, "other.pem"])
    expect(await deliver(ca)).toMatchObject({
      kind: "fault",
      reason: "its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)",
    });
  expect(gate.seen).toEqual([]);
  put("credential", "wrong");
  expect(await deliver("ca.pem")).toMatchObject({
    kind: "fault",
    reason: expect.stringContaining("answered 401 security_exception"),
  });
  put("credential", "hidden");
  expect(await deliver("ca.pem")).toEqual({ kind: "acknowledged" });
  expect((await node.ids("over-tls-*")).sort()).toEqual(records.map(({ id }) => id).sort());
}
