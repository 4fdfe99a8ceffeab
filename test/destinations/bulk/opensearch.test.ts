import { it } from "vitest";
import { expectEveryRecord } from "./everyRecord";
import { useNode } from "./node";
import { expectTls } from "./tls";

const node = useNode("opensearch");

it.each([
  { name: "monthly indices", target: { index: "zitadel" }, found: "zitadel-*" },
  {
    name: "a data stream",
    target: { dataStream: "logs-zitadel.audit-test" },
    found: "logs-zitadel.audit-test",
  },
])("$name: every record is there or a dead letter", (place) => expectEveryRecord(node(), place));

it("over TLS, by a private authority, with a user's password", () =>
  expectTls(
    node(),
    { basic: { userName: "zitadel", password: "credential" } },
    "Basic eml0YWRlbDpoaWRkZW4=",
  ));
