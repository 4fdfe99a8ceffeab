import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { CollectorDestination } from "../../../../forwarder/destinations/collector/collectorDestination";
import { SecretFiles } from "../../../../forwarder/secretFiles";
import { eventRecord } from "../../journal/records";

const never = new AbortController().signal;
const batch = (...numbers: number[]) => ({
  id: "msg_1",
  records: numbers.map((n) => {
    const { id, createdMicros, body } = eventRecord(n);
    return { id, createdMicros, body };
  }),
});

/** A Collector whose exporter refuses for good, as the real one says it, or takes everything. */
async function exporter() {
  const answers = { refuses: true, paths: [] as (string | undefined)[] };
  const server = createServer((request, response) => {
    answers.paths.push(request.url);
    request.resume().on("end", () => {
      const status = { code: 13, message: "Permanent error: TOPIC_AUTHORIZATION_FAILED" };
      if (answers.refuses)
        response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify(status));
      else response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const settings = { port, exporter: {}, environment: {}, files: {}, egressPorts: [], timeoutSeconds: 30 };
  const destination = new CollectorDestination(
    settings,
    { inFlight: 1, maxBytes: 1 << 20 },
    false,
    () => "17",
    new SecretFiles("."),
    Date.now,
  );
  onTestFinished(async () => {
    await destination.close();
    server.closeAllConnections();
    server.close();
  });
  return { answers, destination };
}

it("blames a record that is refused, and the exporter when it refuses every one", async () => {
  const { answers, destination } = await exporter();
  const kinds = async (...batches: number[][]) => {
    const outcomes: string[] = [];
    for (const numbers of batches) outcomes.push((await destination.deliver(batch(...numbers), never)).kind);
    return outcomes;
  };
  const singles = Array.from({ length: 8 }, (_, n) => [n]);
  expect(await kinds([1, 2], [1, 2], ...singles)).toEqual(Array(10).fill("refused"));
  expect(await kinds([8], [8, 9])).toEqual(["fault", "fault"]);
  const fault = await destination.deliver(batch(8), never);
  expect(fault).toMatchObject({ reason: expect.stringContaining("TOPIC_AUTHORIZATION_FAILED") });
  answers.refuses = false;
  expect(await kinds([10])).toEqual(["acknowledged"]);
  answers.refuses = true;
  expect(await kinds([8])).toEqual(["refused"]);
  expect(new Set(answers.paths)).toEqual(new Set(["/v1/logs"]));
});
