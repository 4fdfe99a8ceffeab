import * as pulumi from "@pulumi/pulumi";
import * as zitadel from "@pulumiverse/zitadel";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AuditLogStream, type ReaderKey } from "../../components/index";
import { buildProducts } from "../../local/run/build";
import { startTraffic, type Traffic } from "../../local/zitadel/traffic";
import { type Asked, type Peer, passOn, startPeer } from "../completeness/peer";
import { uniqueName, useEngine } from "./stack";
import { openStage, type Stage, waitFor } from "./stage";

/** Seconds that a token is good for: so short that every key in turn is used for new ones. */
const TOKEN_LIFETIME = 4;
/** Events a second while keys rotate. */
const RATE = 50;

/** What the reader asked of ZITADEL, and how it was answered: `POST /oauth/v2/token 200` by how often. */
const answers = new Map<string, number>();
/** Key ids of the reader's grants, in their order. */
const grants: string[] = [];
let stage: Stage;
let reader: Peer;
let traffic: Traffic;

const engine = useEngine(async () => {
  await buildProducts(() => undefined);
  stage = await openStage({ accessTokenLifetime: TOKEN_LIFETIME });
  return { plugins: ["zitadel", "kubernetes"], environment: stage.workload.environment };
});
beforeAll(async () => {
  reader = await startPeer(async (asked) => {
    const answer = await passOn(asked, stage.zitadel.url);
    const what = `${asked.method} ${asked.path} ${answer.status}`;
    answers.set(what, (answers.get(what) ?? 0) + 1);
    if (asked.path === "/oauth/v2/token") grants.push(keyOf(asked));
    return answer;
  });
  traffic = startTraffic(stage.zitadel, { seed: 6, eventsPerSecond: RATE });
});
afterAll(async () => {
  await traffic?.stop();
  await reader?.close();
  await stage?.close();
});

/** The key with which a grant's assertion is signed. */
function keyOf({ body }: Asked): string {
  const [head = ""] = new URLSearchParams(body).get("assertion")!.split(".");
  return JSON.parse(Buffer.from(head, "base64url").toString()).kid;
}

/** The stream with these generations of its key; only its forwarder reads through the counting peer. */
function stream(keys: ReaderKey[]) {
  const { hostname: domain, port } = new URL(stage.zitadel.url);
  const provider = new zitadel.Provider("zitadel", {
    domain,
    port,
    insecure: true,
    jwtProfileJson: pulumi.secret(JSON.stringify(stage.zitadel.adminKey)),
  });
  return new AuditLogStream(
    "audit-log",
    {
      zitadel: { domain, port: Number(port), insecure: true, address: reader.url },
      organizationId: stage.zitadel.organizationId,
      reader: { keys },
      events: { startFrom: "beginning" },
      destinations: [{ name: "siem", http: { url: stage.receiver.url } }],
      namespace: "rotation",
      createNamespace: true,
    },
    { providers: { zitadel: provider } },
  );
}

const generation = (name: string) => ({ name, expires: "2035-01-01T00:00:00Z" });
const [first, second, third] = ["first", "second", "third"].map(generation) as [
  ReaderKey,
  ReaderKey,
  ReaderKey,
];

it("keys rotate under a running forwarder without one refused read", async () => {
  let keys: ReaderKey[] = [first];
  const stack = await engine().inlineStack({
    project: uniqueName("rotation"),
    program: async () => {
      stream(keys);
    },
  });
  const steps = [[first], [first, second], [second], [second, third], [third]];
  const used: string[] = [];
  for (keys of steps) {
    const { changes } = await stack.up();
    const newest = keys.at(-1)!.name;
    const before = grants.length;
    await waitFor("two new tokens with the newest key", () => grants.length >= before + 2);
    const grantedBy = new Set(grants.slice(before));
    expect(grantedBy.size, "only the newest key is used once the roll is complete").toBe(1);
    used.push(...grantedBy);
    console.log(`keys ${keys.map(({ name }) => name)}: ${JSON.stringify(changes)}, ${newest} in use`);
  }
  expect(new Set(used).size, "each generation was used").toBe(3);
  expect(used).toEqual([used[0], used[1], used[1], used[3], used[3]]);

  await traffic.stop();
  const ids = () => new Set(stage.receiver.records.map(({ id }) => id)).size;
  const written = () => [...stage.zitadel.store.history()].length;
  await waitFor("every event is delivered", () => ids() >= written());

  const refused = [...answers].filter(([what]) => !what.endsWith(" 200"));
  console.log(`the reader's requests: ${JSON.stringify(Object.fromEntries(answers))}`);
  console.log(`${ids()} events delivered, ${grants.length} grants by ${new Set(grants).size} keys`);
  expect(refused).toEqual([]);
  expect(answers.get("POST /admin/v1/events/_search 200")).toBeGreaterThan(50);
  await stack.destroy();
});
