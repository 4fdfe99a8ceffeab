import { expect, it } from "vitest";
import { loginId } from "../../../../forwarder/records/identity";
import { createLoginRecord } from "../../../../forwarder/records/loginRecord";
import { until } from "../../lanes/world";
import { callOf, claimOf, signatureOf } from "../logins/signing";
import { counted, recordsIn, startWebhooks } from "./rig";

const SECRET_A = "secret of A, current";

it("answers 2xx once the record is in the journal, on the configured path alone", async () => {
  const { post, journal, registry, source } = await startWebhooks();
  expect(source.ready()).toBe(true);
  const claim = claimOf({ ip: "203.0.113.7" });
  expect(await post(callOf(claim, "A", SECRET_A))).toMatchObject({ status: 204 });
  expect(recordsIn(journal)).toMatchObject([
    {
      id: loginId("A", claim.id),
      source: "webhook",
      instance: { id: "100" },
      organization: { id: "A" },
      login: { outcome: "failure", claimedIp: "203.0.113.7" },
    },
  ]);
  const call = callOf(claimOf(), "A", "secret of A, previous");
  expect(await post(call, { path: "/logins?x=1" })).toMatchObject({ status: 204 });
  expect(await post(callOf(claimOf(), "A", SECRET_A), { path: "/" })).toMatchObject({ status: 404 });
  expect(await post("", { method: "GET" })).toMatchObject({ status: 405, headers: { allow: "POST" } });
  expect(recordsIn(journal)).toHaveLength(2);
  expect(await counted(registry, "accepted_total")).toBe(2);
  expect(await registry.metrics()).toContain("zitadel_siem_webhook_answer_seconds_count 2");
});

it("refuses what no secret signed, what is no call, and says which in a metric", async () => {
  const { post, journal, registry } = await startWebhooks();
  const call = callOf(claimOf(), "A", SECRET_A);
  const refused: [unknown, number, string][] = [
    [{ ...call, signature: undefined }, 401, "unsigned"],
    [{ ...call, signature: signatureOf(call.record, "secret of B") }, 403, "wrong signature"],
    [{ ...call, record: call.record.replace("failure", "success") }, 403, "wrong signature"],
    [{ ...call, organization: "B" }, 403, "wrong signature"],
    [{ ...call, organization: "C" }, 403, "unknown organization"],
    ["{", 400, "malformed"],
    ["", 400, "malformed"],
    [[], 401, "unsigned"],
    [{ ...call, record: {} }, 400, "malformed"],
    [callOf({ ...claimOf(), flow: 1 }, "A", SECRET_A), 400, "malformed"],
    [
      callOf(claimOf({ time: new Date(Date.now() - 25 * 3600_000).toISOString() }), "A", SECRET_A),
      409,
      "too old",
    ],
    [
      callOf(claimOf({ time: new Date(Date.now() + 2 * 3600_000).toISOString() }), "A", SECRET_A),
      409,
      "in the future",
    ],
  ];
  for (const [body, status, reason] of refused) {
    const before = await counted(registry, "refused_total", { reason });
    expect(await post(body)).toMatchObject({ status, text: `${reason}\n` });
    expect(await counted(registry, "refused_total", { reason })).toBe(before + 1);
  }
  expect(refused.length).toBeGreaterThan(0);
  expect(recordsIn(journal)).toEqual([]);
});

it("refuses a replay, and takes a record that came by the log as one that it has", async () => {
  const { post, journal } = await startWebhooks();
  const [one, two] = [claimOf(), claimOf()];
  expect(await post(callOf(one, "A", SECRET_A))).toMatchObject({ status: 204 });
  expect(await post(callOf(one, "A", SECRET_A))).toMatchObject({ status: 409, text: "replay\n" });
  // The same id of another organization is another record.
  expect(await post(callOf(one, "B", "secret of B"))).toMatchObject({ status: 204 });
  const logged = createLoginRecord(two, "A", {
    instanceId: "100",
    observedDate: new Date().toISOString(),
    source: "stdout",
    trustedProxies: 0,
  });
  journal.commit("stdout", [logged], "{}");
  expect(await post(callOf(two, "A", SECRET_A))).toMatchObject({ status: 204 });
  expect(await post(callOf(two, "A", SECRET_A))).toMatchObject({ status: 409 });
  expect(recordsIn(journal).map(({ id }) => id)).toEqual([
    loginId("A", one.id),
    loginId("B", one.id),
    logged.id,
  ]);
});

it("takes many calls at once, each with its own answer", async () => {
  const { post, journal } = await startWebhooks();
  const claims = Array.from({ length: 200 }, () => claimOf());
  const again = claims.slice(0, 20);
  const answers = await Promise.all([...claims, ...again].map((claim) => post(callOf(claim, "A", SECRET_A))));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 204)).toHaveLength(200);
  expect(statuses.filter((status) => status === 409)).toHaveLength(20);
  expect(recordsIn(journal)).toHaveLength(200);
});

it("takes nothing before it knows whose records it holds", async () => {
  const { post, journal, source } = await startWebhooks({ bound: false });
  expect(source.ready()).toBe(false);
  const call = callOf(claimOf(), "A", SECRET_A);
  expect(await post(call)).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
  journal.bindInstance("100");
  expect(source.ready()).toBe(true);
  expect(await post(call)).toMatchObject({ status: 204 });
});

it("answers 503 at the journal's limit, and takes calls again once there is space", async () => {
  const { post, journal, source } = await startWebhooks({ maxBytes: 1 << 20 });
  const send = () => post(callOf(claimOf({ userAgent: "x ".repeat(6_000) }), "A", SECRET_A));
  let accepted = 0;
  let answer = await send();
  for (; answer.status === 204 && accepted < 1000; answer = await send()) accepted++;
  expect(accepted).toBeGreaterThan(10);
  expect(answer).toMatchObject({ status: 503, text: "journal full\n", headers: { "retry-after": "5" } });
  expect(source.ready()).toBe(false);
  expect(source.state().fault?.remedy).toMatch(/enlarge the volume/);
  expect(recordsIn(journal)).toHaveLength(accepted);
  journal.acknowledge([{ lane: "a", through: accepted, deadLetters: [] }], 0);
  await until(() => source.ready(), "the source accepts again");
  expect(await send()).toMatchObject({ status: 204 });
});

it("names the organization whose secrets cannot be read, and refuses its calls alone", async () => {
  const { post, source, write } = await startWebhooks();
  write("logins/B/current", "");
  expect(source.state().fault?.reason).toMatch(/organization B/);
  expect(await post(callOf(claimOf(), "B", "secret of B"))).toMatchObject({ status: 503 });
  expect(await post(callOf(claimOf(), "A", SECRET_A))).toMatchObject({ status: 204 });
  expect(source.ready()).toBe(true);
});

it("answers the calls under way when it stops, and closes", async () => {
  const { post, journal, stop, ended, source, logged } = await startWebhooks();
  const calls = Array.from({ length: 20 }, () =>
    post(callOf(claimOf(), "A", SECRET_A)).catch(() => undefined),
  );
  await until(() => recordsIn(journal).length > 0, "a call was taken");
  stop.abort();
  await ended;
  const answers = await Promise.all(calls);
  const accepted = answers.filter((answer) => answer?.status === 204).length;
  expect(accepted).toBeGreaterThan(0);
  expect(recordsIn(journal).length).toBe(accepted);
  expect(source.ready()).toBe(false);
  expect(logged.join("")).not.toContain("secret");
});
