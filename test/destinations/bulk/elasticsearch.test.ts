import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { RecordFormat } from "../../../contract";
import type { BulkTarget } from "../../../contract/destinations/bulk";
import { BulkDestination } from "../../../forwarder/destinations/bulk/bulkDestination";
import { SecretFiles } from "../../../forwarder/secretFiles";
import { eventRecords, temporaryFolder } from "../../forwarder/journal/records";
import { expectEveryRecord } from "./everyRecord";
import { useNode } from "./node";
import { expectTls } from "./tls";

const node = useNode("elasticsearch");
const never = new AbortController().signal;

it("monthly indices: every record is there or a dead letter", () =>
  expectEveryRecord(node(), { name: "monthly indices", target: { index: "zitadel" }, found: "zitadel-*" }));

it("over TLS, by a private authority, with an API key", () =>
  expectTls(node(), { apiKey: "credential" }, "ApiKey hidden"));

/** This node is of the distribution without x-pack: data streams and the type `flattened` are not in it. */
it.each<{ what: string; format: RecordFormat; target: BulkTarget; reason: string }>([
  {
    what: "a type",
    format: "zitadel",
    target: { index: "refused-type" },
    reason: "No handler for type [flattened] declared on field [payload]",
  },
  {
    what: "data streams",
    format: "ecs",
    target: { dataStream: "refused-stream" },
    reason: "[index_template] unknown field [data_stream]",
  },
])(
  "a template with $what that the server does not have is a fault that says so",
  async ({ format, target, reason }) => {
    const secrets = join(temporaryFolder(), "secrets");
    mkdirSync(secrets);
    const destination = (template: "install" | "check" | "none") => {
      const url = `http://127.0.0.1:${node().port}`;
      const settings = { url, target, template, gzip: true, timeoutSeconds: 30 };
      const made = new BulkDestination(
        "elasticsearch",
        settings,
        format,
        1,
        new SecretFiles(secrets),
        Date.now,
      );
      onTestFinished(() => made.close());
      return made;
    };
    const batch = { id: "msg_1", records: eventRecords(0, 3) };
    expect(await destination("install").deliver(batch, never)).toMatchObject({
      kind: "fault",
      reason: expect.stringContaining(reason),
      remedy: expect.stringContaining("change format or dataStream"),
    });
    expect(await destination("check").deliver(batch, never)).toMatchObject({
      kind: "fault",
      reason: expect.stringContaining("is missing"),
    });
    expect(
      await node().ask("GET", `/_cat/indices/${target.index ?? target.dataStream}*?format=json`),
    ).toEqual([]);
    expect(await destination("none").deliver(batch, never)).toEqual({ kind: "acknowledged" });
  },
);
