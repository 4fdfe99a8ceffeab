import { connect, type TLSSocket } from "node:tls";
import { beforeAll, expect, it } from "vitest";
import { type Certificate, selfSigned } from "../../../completeness/certificates";
import { callOf, claimOf } from "../logins/signing";
import { counted, poster, recordsIn, startWebhooks, tlsFiles } from "./rig";

let first: Certificate;
let second: Certificate;
beforeAll(() => {
  [first, second] = ["first", "second"].map((name) => selfSigned(name, "IP:127.0.0.1")) as [
    Certificate,
    Certificate,
  ];
});

const call = () => callOf(claimOf(), "A", "secret of A, current");

/** A connection that has sent a call but for its last byte, and what ends it. */
async function halfSent(port: number, ca: string) {
  const body = JSON.stringify(call());
  const socket: TLSSocket = connect({ port, host: "127.0.0.1", ca });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  socket.write(`POST /logins HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`);
  socket.write(body.slice(0, -1));
  return async () => {
    const answered = new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))));
    socket.write(body.slice(-1));
    return answered;
  };
}

it("takes calls over HTTPS, with another certificate as soon as it lies there, and drops no connection", async () => {
  const { port, journal, certify } = await startWebhooks({ tls: first });
  expect((await poster(port, first.cert)(call())).status).toBe(204);
  const finish = await halfSent(port, first.cert);
  certify(second);
  expect((await poster(port, second.cert)(call())).status).toBe(204);
  await expect(poster(port, first.cert)(call())).rejects.toThrow(/self.signed/);
  expect(await finish()).toMatch(/^HTTP\/1\.1 204 /);
  expect(recordsIn(journal)).toHaveLength(3);
});

it("keeps the last good certificate, and says which file is of no use", async () => {
  const { port, write, source, certify } = await startWebhooks({ tls: first });
  write(tlsFiles.key, second.key);
  expect((await poster(port, first.cert)(call())).status).toBe(204);
  expect(source.state().fault).toMatchObject({
    reason: expect.stringMatching(/the last good certificate is in use: .*webhook-key\.pem is not that of/),
    remedy: expect.stringMatching(/give the Secret that logins\.webhook\.tlsSecretName names/),
  });
  expect(source.ready?.()).toBe(true);
  certify(second);
  expect((await poster(port, second.cert)(call())).status).toBe(204);
  expect(source.state().fault).toBeUndefined();
});

it("is not ready without a certificate, and takes calls once there is one", async () => {
  const { port, source, certify } = await startWebhooks({ tls: false });
  await expect(poster(port, first.cert)(call())).rejects.toThrow();
  expect(source.ready?.()).toBe(false);
  expect(source.state().fault?.reason).toMatch(/no connection can be made: .*webhook\.pem cannot be read/);
  certify(first);
  expect((await poster(port, first.cert)(call())).status).toBe(204);
  expect(source.ready?.()).toBe(true);
});

it("refuses and counts who does not speak TLS", async () => {
  const { port, registry } = await startWebhooks({ tls: first });
  await expect(poster(port)(call())).rejects.toThrow();
  const refused = () => counted(registry, "refused_total", { reason: "malformed" });
  await expect.poll(refused, { timeout: 60_000 }).toBe(1);
});
