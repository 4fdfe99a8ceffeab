import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { HttpDestination } from "../../../forwarder/destinations/http/httpDestination";
import { SecretFiles } from "../../../forwarder/secretFiles";
import { Random, runSeed } from "../../completeness/random";
import { eventRecord, temporaryFolder } from "../../forwarder/journal/records";
import { RunningLanes, VisibleEvents } from "../../forwarder/lanes/world";
import { deadLettersIn } from "../deadLetters";
import { FaultyProxy, faultKinds } from "../faultyProxy";
import { deliverThroughRestarts } from "../restarts";
import { Nginx } from "./nginx";

const RECORDS = 20_000;
/** The chance that a request meets a fault. */
const FAULTS = 0.15;
/** What nginx takes at most of one request, bytes: a batch is shorter, a poison record alone is longer. */
const LONGEST_BODY = 64 << 10;

const isPoison = (n: number) => n % 4000 === 7;

it("http: every record is there or a dead letter", async () => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const nginx = await Nginx.start(join(folder, "nginx"), LONGEST_BODY);
  onTestFinished(() => nginx.end());
  const random = new Random(runSeed("http"));
  const proxy = await FaultyProxy.start(nginx.port, random, FAULTS, () => undefined);
  onTestFinished(() => proxy.close());
  const destination = new HttpDestination(
    {
      url: `${proxy.url}/records`,
      body: "ndjson",
      headers: {},
      secretHeaders: {},
      gzip: false,
      timeoutSeconds: 2,
    },
    8,
    new SecretFiles(folder),
    Date.now,
  );
  onTestFinished(() => destination.close());
  const journal = join(folder, "journal");
  const options = { maxBytes: 256 << 20, maxRecords: 50, inFlight: 8 };
  const lanes = new RunningLanes(journal, { siem: destination }, new VisibleEvents(), options);
  const records = Array.from({ length: RECORDS }, (_, n) =>
    eventRecord(n, { bytes: isPoison(n) ? 2 * LONGEST_BODY : 100 }),
  );
  await deliverThroughRestarts(lanes, records, proxy, nginx);
  await lanes.crash();

  const stored = nginx.ids();
  const there = new Set(stored);
  const letters = deadLettersIn(journal);
  const poison = records.filter((_, n) => isPoison(n)).map(({ id }) => id);
  const missing = records.filter(({ id }) => !there.has(id) && !letters.has(id));
  console.log(
    `http: ${there.size} of ${RECORDS} there, ${stored.length - there.size} more than once, ` +
      `${letters.size} dead letters, ${missing.length} missing; faults ${JSON.stringify(proxy.faults)}, ` +
      `${proxy.unreachable} requests without a server, ${nginx.starts} starts`,
  );
  expect(missing.map(({ id }) => id)).toEqual([]);
  expect([...letters.keys()].sort()).toEqual(poison.sort());
  for (const reason of letters.values()) expect(reason).toBe("answered 413");
  for (const kind of faultKinds.filter((one) => one !== "partial"))
    expect(proxy.faults[kind], kind).toBeGreaterThan(0);
  expect(proxy.unreachable).toBeGreaterThan(0);
});
