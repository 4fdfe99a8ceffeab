/** A forwarder's replicas around login checks: each with a journal, ordinal 0 with the source of checks. */
import { rmSync } from "node:fs";
import pino from "pino";
import { Registry } from "prom-client";
import { logins as schema } from "../../../../contract/logins";
import type { Journal } from "../../../../forwarder/journal/journal";
import { openJournal } from "../../../../forwarder/journal/open";
import { listen } from "../../../../forwarder/listener";
import { createLoginRecord } from "../../../../forwarder/records/loginRecord";
import { formatMicros } from "../../../../forwarder/records/micros";
import type { JournalRecord, ZitadelEvent } from "../../../../forwarder/records/record";
import { LoginsSource } from "../../../../forwarder/sources/logins/loginsSource";
import { answerPeer, PEER_PATH } from "../../../../forwarder/sources/logins/peers";

export const ORGANIZATION = "A";
export const SECOND = 1_000_000;
/** ZITADEL's time at the beginning of each test, microseconds. */
export const BEGIN = Date.UTC(2026, 10, 22, 10) * 1000;
const INSTANCE = "instance";

/** A password check; `n` tells it from every other. */
export interface Attempt {
  n: number;
  /** Microseconds after BEGIN. */
  at: number;
  authRequest: string;
  outcome: "success" | "failure";
}

export function eventOf({ n, at, authRequest, outcome }: Attempt, owner = ORGANIZATION): ZitadelEvent {
  return {
    aggregate: { id: "erin", type: { type: "user" }, resourceOwner: owner },
    sequence: String(n + 1),
    creationDate: formatMicros(BEGIN + at),
    payload: { id: authRequest, userAgentID: "agent" },
    type: { type: `user.human.password.check.${outcome === "success" ? "succeeded" : "failed"}` },
  };
}

/** What the script reports of an attempt, so many microseconds later. */
export function reportedOf({ n, at, authRequest, outcome }: Attempt, later: number): JournalRecord {
  return createLoginRecord(
    {
      id: n.toString(16).padStart(32, "0"),
      time: formatMicros(BEGIN + at + later),
      flow: "internal",
      trigger: "post authentication",
      outcome,
      user: { id: "erin" },
      authRequest,
    },
    ORGANIZATION,
    {
      instanceId: INSTANCE,
      observedDate: formatMicros(BEGIN + at + later),
      source: "webhook",
      trustedProxies: 0,
    },
  );
}

/** One replica's journal, and what it tells others. */
export class Replica {
  journal: Journal;
  constructor(readonly folder: string) {
    this.journal = this.#open();
  }

  restart(): void {
    this.journal.close();
    this.journal = this.#open();
  }

  /** The volume is lost and a new one takes its place. */
  loseVolume(): void {
    this.journal.close();
    rmSync(this.folder, { recursive: true });
    this.journal = this.#open();
  }

  /** Ids of the records that no destination has. */
  undelivered(): string[] {
    return this.#bodies(this.journal.lane("out").acknowledged).map(({ id }) => id);
  }

  /** Every destination takes what is there. */
  deliver(): void {
    const { lastPosition } = this.journal.status();
    this.journal.acknowledge([{ lane: "out", through: lastPosition, deadLetters: [] }], 0);
  }

  take(records: JournalRecord[]): void {
    this.journal.commit("webhook", records, "");
  }

  /** Bodies of the login records that were made from events. */
  made(): { id: string; login: { time: string; authRequest?: string } }[] {
    return this.#bodies().filter(({ source, login }) => source === "events" && login);
  }

  /** Notices of a type. */
  notices(type: string): Record<string, unknown>[] {
    return this.#bodies()
      .map(({ notice }) => notice)
      .filter((notice) => notice?.type === type);
  }

  #bodies(after = 0) {
    return this.journal
      .slice("out", after, { maxRecords: 1_000_000, maxBytes: 1 << 30 }, (body) => body)
      .records.map(({ body }) => JSON.parse(body));
  }

  end(): void {
    this.journal.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #open(): Journal {
    const { journal } = openJournal(this.folder, 1 << 30, "test");
    if (journal.instance() === undefined) journal.bindInstance(INSTANCE);
    journal.serve(["out"]);
    return journal;
  }
}

/** Ordinal 0, with ZITADEL's time in the test's hand. */
export class FirstReplica extends Replica {
  source: LoginsSource;
  registry = new Registry();
  readonly log: Record<string, unknown>[] = [];
  /** Microseconds after BEGIN up to which events were read. */
  through = 0;
  logsThrough = Number.POSITIVE_INFINITY;
  /** What ZITADEL holds: all that was read. */
  readonly history: Attempt[] = [];
  /** The ranges that were read again, seconds after BEGIN. */
  readonly readAgain: { from: number; to: number }[] = [];

  constructor(
    folder: string,
    public peers: string[] = [],
  ) {
    super(folder);
    this.source = this.#source();
    // What is read first says from when on checks are watched.
    this.read([]);
    const first = eventOf({ n: -1, at: 0, authRequest: "", outcome: "success" });
    const { watch } = this.source.noteOf(first, this.#context(0))!;
    const record = { id: "first", createdMicros: BEGIN, body: "" };
    this.journal.commitDelivered("events", [{ ...record, source: "events", watch }], "");
  }

  override restart(): void {
    super.restart();
    this.source = this.#source();
  }

  /** Commits checks as the events source does. */
  read(attempts: readonly Attempt[]): void {
    this.history.push(...attempts);
    this.journal.commit("events", this.records(attempts), "");
  }

  /** Takes in what a checkpoint says was delivered before the journal was lost. */
  readDelivered(attempts: readonly Attempt[]): void {
    this.journal.commitDelivered("events", this.records(attempts), "");
  }

  private records(attempts: readonly Attempt[]): JournalRecord[] {
    return attempts.map((attempt): JournalRecord => {
      const event = eventOf(attempt);
      return {
        id: `event ${attempt.n}`,
        source: "events",
        createdMicros: BEGIN + attempt.at,
        body: JSON.stringify({ event }),
        ...this.source.noteOf(event, this.#context(this.through)),
      };
    });
  }

  /** A range of what was read, again, an attempt a page. */
  async *#read({ fromMicros, toMicros }: { fromMicros: number; toMicros: number }) {
    this.readAgain.push({ from: (fromMicros - BEGIN) / SECOND, to: (toMicros - BEGIN) / SECOND });
    const found = this.history.filter(
      ({ at }) => BEGIN + at >= fromMicros && BEGIN + at < toMicros && at < this.through,
    );
    for (const one of found.toSorted((a, b) => a.at - b.at))
      yield { records: this.records([one]), throughMicros: BEGIN + one.at + 1 };
  }

  look(): Promise<void> {
    return this.source.look(new AbortController().signal);
  }

  #context(at: number) {
    return { instanceId: INSTANCE, observedDate: formatMicros(BEGIN + at) };
  }

  #source(): LoginsSource {
    this.registry = new Registry();
    return new LoginsSource({
      logins: schema.parse({
        organizations: [{ id: ORGANIZATION, secretFiles: ["a"] }],
        webhook: {},
        missingAfterSeconds: 60,
      }),
      trustedProxies: 0,
      journal: this.journal,
      ranges: { readThroughMicros: () => BEGIN + this.through, read: (range) => this.#read(range) },
      logsReadThrough: () => BEGIN + this.logsThrough,
      peers: this.peers,
      logger: pino({ level: "debug" }, { write: (line: string) => void this.log.push(JSON.parse(line)) }),
      registry: this.registry,
    });
  }
}

/** Serves what other replicas ask; `up` false: it does not answer. */
export async function serve(replica: Replica) {
  const state = { up: true };
  const server = await listen(
    { host: "127.0.0.1", port: 0 },
    {
      [PEER_PATH]: (query) =>
        state.up ? answerPeer(replica.journal, query) : { status: 503, type: "text/plain", body: "down\n" },
    },
  );
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, state, close: () => server.close().closeAllConnections() };
}
