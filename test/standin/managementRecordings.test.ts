import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startZitadel, type Zitadel } from "../../local/zitadel/server";
import { Correspondence } from "./correspondence";
import { comparableHeaders, recordedEvents, recording, recordingNames, send } from "./recording";

/** The calls in the order in which they were recorded: each finds what those before it left. */
const SEQUENCE = [
  "mgmt-instance-me",
  "mgmt-action-create",
  "mgmt-action-create-2",
  "mgmt-action-create-duplicate-name",
  "mgmt-trigger-set",
  "mgmt-trigger-set-no-changes",
  "mgmt-trigger-set-reordered",
  "mgmt-action-update-no-changes",
  "mgmt-action-update",
  "mgmt-action-delete-bound",
  "mgmt-flow-get-after-delete",
  "mgmt-trigger-clear",
  "mgmt-trigger-clear-no-changes",
  "mgmt-action-delete-2",
  "mgmt-action-delete-gone",
  "mgmt-machine-user-create",
  "mgmt-machine-user-create-duplicate",
  "mgmt-machine-user-get",
  "mgmt-instance-member-add",
  "mgmt-instance-member-add-again",
  "mgmt-instance-members-search",
  "mgmt-instance-member-update-no-changes",
  "mgmt-machine-key-add",
  "mgmt-machine-key-get",
  "mgmt-machine-key-add-no-expiry",
  "mgmt-machine-key-get-no-expiry",
  "mgmt-machine-key-delete",
  "mgmt-machine-key-get-gone",
  "mgmt-instance-member-remove",
  "mgmt-machine-user-delete",
];

/** Recorded on another instance. */
const OTHER_INSTANCE = [
  "mgmt-action-create-invalid",
  "mgmt-flow-get-3",
  "mgmt-flow-triggers-3",
  "mgmt-flow-types",
  "mgmt-trigger-set-unknown-action",
  "mgmt-actions-search",
];

/** What was there before: sequences that the first call's events go on from. */
const ORGANIZATION_EVENTS = 13;
const INSTANCE_EVENTS = 107;

interface RecordedAction {
  id: string;
  name: string;
  script: string;
  timeout: string;
  allowedToFail?: boolean;
  details: { sequence: string };
}

test("every recording is replayed", () => {
  expect([...SEQUENCE, ...OTHER_INSTANCE].sort()).toEqual(recordingNames("mgmt-").sort());
});

describe("recorded management calls on one instance", () => {
  let zitadel: Zitadel;
  const correspondence = new Correspondence();

  beforeAll(async () => {
    zitadel = await startZitadel();
    const { instanceId, organizationId } = zitadel;
    correspondence.pair("400719665489251366", instanceId);
    correspondence.pair("400719665489316902", organizationId);
    const { table } = zitadel.store;
    const generated = table
      .query("SELECT payload ->> 'domain' AS domain FROM events WHERE payload ->> 'generated'")
      .get();
    correspondence.pair("zitadel-mhwomb.localhost", generated!.domain as string);
    await fill(zitadel, "org", organizationId, ORGANIZATION_EVENTS);
    await fill(zitadel, "instance", instanceId, INSTANCE_EVENTS);
  });
  afterAll(() => zitadel.close());

  test.each(SEQUENCE)("%s", (name) => replay(zitadel, correspondence, name));
});

describe("recorded management calls on another instance", () => {
  let zitadel: Zitadel;
  const correspondence = new Correspondence();

  beforeAll(async () => {
    zitadel = await startZitadel();
    correspondence.pair("400716688087125030", zitadel.organizationId);
  });
  afterAll(() => zitadel.close());

  test.each(OTHER_INSTANCE.filter((name) => name !== "mgmt-actions-search"))("%s", (name) =>
    replay(zitadel, correspondence, name),
  );

  test("mgmt-actions-search", async () => {
    const recorded: RecordedAction[] = JSON.parse(recording("mgmt-actions-search").response.body).result;
    for (const action of recorded) await addRecordedAction(zitadel, action);
    await replay(zitadel, correspondence, "mgmt-actions-search");
  });
});

test("creating, binding and deleting an action writes the recorded events", async () => {
  const zitadel = await startZitadel();
  const token = await administratorToken(zitadel);
  const call = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(zitadel.url + path, { method, headers, body: JSON.stringify(body) });
    return (await answer.json()) as { id: string; events: object[] };
  };
  const fields = { name: "aud858", script: "function a(){}", timeout: "3s", allowedToFail: true };
  const { id } = await call("POST", "/management/v1/actions", fields);
  await call("POST", "/management/v1/flows/3/trigger/1", { actionIds: [id] });
  await call("DELETE", `/management/v1/actions/${id}`);
  const { events } = await call("POST", "/admin/v1/events/_search", { limit: 4 });
  await zitadel.close();

  const recorded = recordedEvents("login-v1-events-action-crud");
  const differences = new Correspondence().differences(recorded, events.reverse());
  expect(differences.filter((line) => !/\.sequence: /.test(line))).toEqual([]);
});

async function replay(zitadel: Zitadel, correspondence: Correspondence, name: string): Promise<void> {
  const recorded = recording(name);
  const { method, path, headers, body } = recorded.request;
  const token = await administratorToken(zitadel);
  const sent = Object.entries(headers).map(([header, value]) => [
    header,
    correspondence.translate(String(value)).replace("<token>", token),
  ]);
  const withoutLength = Object.fromEntries(sent.filter(([header]) => header !== "Content-Length"));
  const translated = body ? correspondence.translate(body) : body;
  const answer = await send(zitadel.url, method, correspondence.translate(path), withoutLength, translated);

  expect(answer.status).toBe(recorded.response.status);
  expect(comparableHeaders(answer.rawHeaders)).toEqual(comparableHeaders(recorded.response.rawHeaders));
  expect(correspondence.differences(JSON.parse(recorded.response.body), JSON.parse(answer.body))).toEqual([]);
}

const tokens = new Map<Zitadel, string>();

async function administratorToken(zitadel: Zitadel): Promise<string> {
  const known = tokens.get(zitadel);
  if (known) return known;
  const { users, administrator, adminKey } = zitadel;
  const [, { token }] = await users.addPersonalAccessToken(administrator, adminKey.userId);
  tokens.set(zitadel, token);
  return token;
}

/** Writes events until the aggregate has so many. */
async function fill(
  zitadel: Zitadel,
  aggregateType: string,
  aggregateId: string,
  until: number,
): Promise<void> {
  const event = { aggregateType, aggregateId, resourceOwner: aggregateId };
  const eventType = `${aggregateType}.metadata.set`;
  const count = until - zitadel.store.table.sequenceOf({ ...event, eventType });
  await zitadel.store.push(Array(count).fill({ ...event, eventType, payload: { key: "plan" } }));
}

/** An action with as many changes behind it as the recorded one. */
async function addRecordedAction(zitadel: Zitadel, action: RecordedAction): Promise<void> {
  const { name, script, allowedToFail, timeout, id, details } = action;
  const aggregate = { aggregateType: "action", aggregateId: id, resourceOwner: zitadel.organizationId };
  const payload = { name, script, allowedToFail, timeout: Number.parseFloat(timeout) * 1e9 };
  const changes = Array(Number(details.sequence) - 1).fill({
    ...aggregate,
    eventType: "action.changed",
    payload: { script },
  });
  await zitadel.store.push([{ ...aggregate, eventType: "action.added", payload }, ...changes]);
}
