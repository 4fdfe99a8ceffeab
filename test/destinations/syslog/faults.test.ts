import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { syslogMessage } from "../../../forwarder/destinations/syslog/message";
import { SyslogDestination } from "../../../forwarder/destinations/syslog/syslogDestination";
import { createFormatter } from "../../../forwarder/records/formats/formatter";
import { SecretFiles } from "../../../forwarder/secretFiles";
import { selfSigned } from "../../completeness/certificates";
import { Random, runSeed } from "../../completeness/random";
import { until } from "../../completeness/stage";
import { eventRecord, temporaryFolder } from "../../forwarder/journal/records";
import { RunningLanes, VisibleEvents } from "../../forwarder/lanes/world";
import { BrokenWire } from "./brokenWire";
import { Rsyslog } from "./rsyslog";

const RECORDS = 20_000;
/** The chance that a chunk of bytes meets a fault. */
const FAULTS = 0.004;

const header = { facility: "audit", appName: "zitadel", hostName: "zitadel.example.com" } as const;
const formatter = createFormatter({
  format: "zitadel",
  envelope: (facts, text) => syslogMessage(facts, text, header),
});

const server = selfSigned("syslog.example.com", "DNS:syslog.example.com");
const client = selfSigned("zitadel-siem", "DNS:zitadel-siem");

/** A lane before a rsyslog, with a wire between that breaks with some chance. */
async function set(
  name: string,
  options: { confirmSeconds: number; chance: number; slowdownMicros?: number },
) {
  const folder = temporaryFolder();
  const secrets = join(folder, "secrets");
  mkdirSync(secrets);
  writeFileSync(join(secrets, "ca"), server.cert);
  writeFileSync(join(secrets, "client"), client.cert);
  writeFileSync(join(secrets, "key"), client.key);
  const rsyslog = await Rsyslog.start(join(folder, "rsyslog"), server, client, options.slowdownMicros);
  onTestFinished(() => rsyslog.end("SIGKILL"));
  const wire = await BrokenWire.start(rsyslog.port, new Random(runSeed(name)), options.chance);
  onTestFinished(() => wire.close());
  const syslog = new SyslogDestination(
    {
      url: `tls://127.0.0.1:${wire.port}`,
      ca: "ca",
      clientCertificate: { certificate: "client", key: "key" },
      serverName: "syslog.example.com",
      facility: "audit",
      appName: "zitadel",
      maxMessageBytes: 8192,
      confirmSeconds: options.confirmSeconds,
      timeoutSeconds: 4,
    },
    new SecretFiles(secrets),
  );
  onTestFinished(() => syslog.close());
  const lanes = new RunningLanes(join(folder, "journal"), { siem: syslog }, new VisibleEvents(), {
    maxBytes: 256 << 20,
    maxRecords: 50,
    inFlight: 4,
    formatter,
  });
  const records = Array.from({ length: RECORDS }, (_, n) => eventRecord(n, { bytes: 100 }));
  /** Puts records into the journal, from a share of them to another. */
  const commit = (share: number, until: number) => {
    for (let from = share * RECORDS; from < until * RECORDS; from += 1000)
      lanes.journal.commit("events", records.slice(from, from + 1000), "");
  };
  const passed = () => lanes.journal.lane("siem").acknowledged / lanes.journal.status().lastPosition;
  /** What rsyslog has written in the end: how often each record, and how many are missing. */
  const written = async () => {
    await until(
      "all records are delivered",
      240,
      () => passed() >= 1,
      () => `${passed()} are`,
    );
    await lanes.crash();
    await rsyslog.end("SIGTERM");
    const ids = rsyslog.ids();
    const there = new Set(ids);
    const missing = records.filter(({ id }) => !there.has(id)).length;
    return { there: there.size, repeated: ids.length - there.size, missing };
  };
  return { rsyslog, wire, commit, passed, written };
}

it("every record is there, whatever breaks between and when rsyslog is started again", async () => {
  const { rsyslog, wire, commit, written } = await set("syslog", { confirmSeconds: 1, chance: FAULTS });
  for (const [from, to] of [
    [0, 0.3],
    [0.4, 0.6],
  ] as const) {
    commit(from, to);
    await until("rsyslog writes them", 120, () => new Set(rsyslog.ids()).size > from * RECORDS);
    await rsyslog.end("SIGTERM");
    const { unreachable } = wire.faults;
    commit(to, to + 0.1);
    await until("a connection finds no rsyslog", 60, () => wire.faults.unreachable > unreachable);
    await rsyslog.run();
  }
  commit(0.7, 1);
  const { there, repeated, missing } = await written();
  console.log(
    `syslog: ${there} of ${RECORDS} there, ${repeated} more than once, ${missing} missing; ` +
      `faults ${JSON.stringify(wire.faults)}, ${rsyslog.starts} starts`,
  );
  expect(missing).toBe(0);
  for (const [kind, count] of Object.entries(wire.faults)) expect(count, kind).toBeGreaterThan(0);
});

it.each([
  { confirmSeconds: 1, than: "shorter" },
  { confirmSeconds: 60, than: "longer" },
])(
  "a rsyslog killed with full buffers, with a confirmation $than than they last",
  async ({ confirmSeconds, than }) => {
    const { rsyslog, wire, commit, passed, written } = await set(than, {
      confirmSeconds,
      chance: 0,
      slowdownMicros: 5000,
    });
    commit(0, 1);
    await until("some records are written", 60, () => rsyslog.ids().length > 500);
    if (than === "shorter") await until("some records count as delivered", 60, () => passed() > 0.05);
    const before = passed();
    await rsyslog.end("SIGKILL");
    const survived = new Set(rsyslog.ids()).size;
    await rsyslog.run();
    expect(wire.faults).toMatchObject({ reset: 0, hang: 0 });
    if (than === "longer") {
      await until("everything has been written again", 120, () => new Set(rsyslog.ids()).size === RECORDS);
      console.log(
        `killed at ${survived} written, ${before} counted as delivered, confirmation ${confirmSeconds} s: 0 missing`,
      );
      expect(before).toBe(0);
      return;
    }
    const { there, repeated, missing } = await written();
    console.log(
      `killed at ${survived} written, ${Math.round(before * RECORDS)} counted as delivered, confirmation ` +
        `${confirmSeconds} s: ${missing} missing, ${there} there, ${repeated} more than once`,
    );
    expect(missing).toBeLessThanOrEqual(Math.round(before * RECORDS));
  },
);
