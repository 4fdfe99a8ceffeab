import type { Logger } from "pino";
import type { Configuration, DestinationConfiguration } from "../contract";
import type { Destination } from "./destinations/destination";
import { type DeclaredKind, declaredKind } from "./destinations/registry";
import type { LocatedFault } from "./fault";
import type { Journal } from "./journal/journal";
import { JournalFullError, type RangeReader } from "./journal/sourceJournal";
import { type LaneStatus, laneStatus } from "./laneStatus";
import { type AttemptReports, Attempts } from "./lanes/attempts";
import { Backfill } from "./lanes/backfill";
import { Lane } from "./lanes/lane";
import { PositionCommits } from "./lanes/positionCommits";
import type { Metrics } from "./metrics";
import { createFormatter, type Formatter } from "./records/formats/formatter";
import type { Treatments } from "./records/formats/personalData";
import { createNotice, type Notice } from "./records/notice";
import { SecretFiles } from "./secretFiles";
import type { Source } from "./sources/source";

/** How long batches under way may take after the signal to stop. Milliseconds. */
const GRACE_MILLIS = 20_000;
/** What all lanes together may hold of batches under way. Bytes. */
const BUFFERED_BYTES = 32 << 20;

interface Served {
  lane: Lane;
  destination: Destination;
  /** Absent where no events are read: a lane has nothing then that could be read again. */
  backfill?: Backfill;
}

/** What is the same for every destination. */
interface Shared {
  zitadel: Configuration["zitadel"];
  secrets: SecretFiles;
  commits: PositionCommits;
  /** What one lane may hold of batches under way. Bytes. */
  bufferedBytes: number;
  ranges: RangeReader | undefined;
}

/** The sources, the journal and a lane for each destination, at work together. */
export class Forwarder {
  readonly #served: Served[];

  constructor(
    configuration: Configuration,
    secretsFolder: string,
    private readonly journal: Journal,
    private readonly sources: readonly Source[],
    ranges: RangeReader | undefined,
    private readonly metrics: Metrics,
    private readonly log: Logger,
  ) {
    const { destinations, zitadel } = configuration;
    this.#serveLanes(destinations.map(({ name }) => name));
    const shared: Shared = {
      zitadel,
      secrets: new SecretFiles(secretsFolder),
      commits: new PositionCommits(journal, Date.now),
      bufferedBytes: BUFFERED_BYTES / destinations.length,
      ranges,
    };
    this.#served = destinations.map((declared) => this.#serve(declared, shared));
  }

  /** Works until `stop`; then batches under way may end within a grace. Rejects when it cannot go on. */
  async run(stop: AbortSignal): Promise<void> {
    const broken = new AbortController();
    const abandon = new AbortController();
    const ending = AbortSignal.any([stop, broken.signal]);
    let grace: NodeJS.Timeout | undefined;
    ending.addEventListener("abort", () => {
      grace = setTimeout(() => abandon.abort(), GRACE_MILLIS);
      for (const { destination } of this.#served) destination.finish?.();
    });
    const loops = [
      ...this.sources.map((source) => source.run(ending)),
      ...this.#served.flatMap(({ lane, backfill }) => [
        lane.follow(ending, abandon.signal),
        ...(backfill ? [backfill.run(ending, abandon.signal)] : []),
      ]),
    ];
    try {
      await Promise.all(loops.map((loop) => loop.catch((error) => broken.abort(error))));
    } finally {
      clearTimeout(grace);
      await Promise.all(this.#served.map(({ destination }) => destination.close()));
    }
    if (broken.signal.aborted && !stop.aborted) throw broken.signal.reason;
  }

  lanes(): LaneStatus[] {
    return this.#served.map(({ lane: { settings, attempts }, destination }) =>
      laneStatus(settings.name, destination, attempts.condition, this.journal, Date.now()),
    );
  }

  /** What a person has to act on. */
  faults(): LocatedFault[] {
    const faults: LocatedFault[] = [];
    for (const source of this.sources) {
      const { fault } = source.state();
      if (fault) faults.push({ where: source.name, reason: fault.reason, remedy: fault.remedy });
    }
    if (this.journal.status().volumeFailed)
      faults.push({
        where: "journal",
        reason: "the volume takes nothing more",
        remedy: "free space on the journal's volume or enlarge it",
      });
    for (const { lane } of this.#served) {
      const { condition } = lane.attempts;
      if (condition.state !== "fault") continue;
      const { reason, remedy } = condition;
      faults.push({ where: `destination "${lane.settings.name}"`, reason, remedy });
    }
    return faults;
  }

  /** Has the journal serve these lanes alone. */
  #serveLanes(names: readonly string[]): void {
    for (const { name, undelivered } of this.journal.serve(names))
      this.log[undelivered ? "warn" : "info"](
        { destination: name, undelivered },
        "a destination is no longer configured: its lane is gone, and what it had not delivered with it",
      );
  }

  #serve(declared: DestinationConfiguration, shared: Shared): Served {
    const { name, batch } = declared;
    const { secrets, ranges } = shared;
    const addressTrusted = shared.zitadel.trustedProxies > 0;
    const kind = declaredKind(declared, new URL(shared.zitadel.issuer).hostname);
    const destination = kind.create({ secrets, journal: this.journal, addressTrusted });
    const inFlight = inFlightLimit(batch, shared.bufferedBytes);
    const formatter = this.#formatter(declared, kind, addressTrusted, secrets);
    const settings = { name, limits: batch, inFlight, formatter };
    const lane = new Lane(settings, this.journal, this.#attempts(name, destination), shared.commits);
    return { lane, destination, backfill: ranges && this.#backfill(lane, ranges) };
  }

  /** The destination's formatter, counting what its filter keeps out. */
  #formatter(
    { name, ocsfVersion, filter, personalData: declared }: DestinationConfiguration,
    { format, envelope }: DeclaredKind,
    addressTrusted: boolean,
    secrets: SecretFiles,
  ): Formatter {
    const { hashKey, ...treatments } = declared ?? {};
    const key = hashKey === undefined ? undefined : secrets.read(hashKey);
    const personalData = declared && { treatments: treatments as Treatments, key };
    const formatter = createFormatter({
      format,
      ocsfVersion,
      filter,
      personalData,
      addressTrusted,
      envelope,
    });
    return (body) => {
      const text = formatter(body);
      if (text === undefined) this.metrics.filtered.inc({ destination: name });
      return text;
    };
  }

  #attempts(name: string, destination: Destination): Attempts {
    const { delivered, failures, deadLetters } = this.metrics;
    const reports: AttemptReports = {
      delivered: (records) => delivered.inc({ destination: name }, records),
      failed: (outcome) => failures.inc({ destination: name, outcome }),
      setAside: (letters) => {
        deadLetters.inc({ destination: name }, letters.length);
        this.log.error(
          { destination: name, records: letters.length, reason: letters[0]!.reason, first: letters[0]!.id },
          "the destination refused records for good: they are kept as dead letters, the others are delivered",
        );
      },
      obstructed: ({ state, reason, ...fault }) =>
        state === "fault"
          ? this.log.error({ destination: name, ...fault }, `the destination takes nothing: ${reason}`)
          : this.log.warn({ destination: name }, `the destination takes nothing at present: ${reason}`),
      recovered: () => this.log.info({ destination: name }, "the destination takes records again"),
    };
    return new Attempts(destination, Math.random, reports, () => !this.journal.status().deadLettersFull);
  }

  #backfill(lane: Lane, ranges: RangeReader): Backfill {
    const reports = {
      clipped: (destination: string, fromMicros: number, heldFromMicros: number) => {
        this.metrics.rangesClipped.inc({ destination });
        const from = new Date(fromMicros / 1000).toISOString();
        const heldFrom = new Date(heldFromMicros / 1000).toISOString();
        const message =
          "ZITADEL no longer held the beginning of a range that the destination had still to get: its events are lost to it";
        this.log.error({ destination, from, heldFrom }, message);
        this.report(
          { type: "range_clipped", message, destination, from, heldFrom },
          `${destination} ${from}`,
        );
      },
      failed: (destination: string, error: unknown) =>
        this.log.warn(
          { destination, error: error instanceof Error ? error.name : "unknown" },
          "a range could not be read again; trying later",
        ),
      finished: (destination: string) =>
        this.log.info({ destination }, "a range was read again and delivered"),
    };
    return new Backfill(lane, this.journal, ranges, reports, Math.random);
  }

  /** Puts what happened into the journal, as a record for every destination; the same key is one record. */
  report(notice: Notice, key: string): void {
    const instanceId = this.journal.instance();
    if (instanceId === undefined) return;
    const record = createNotice(notice, key, { instanceId, observedDate: new Date().toISOString() });
    try {
      this.journal.commit("forwarder", [record], "");
    } catch (error) {
      if (!(error instanceof JournalFullError)) throw error;
      this.log.error({ notice: notice.type }, "the journal is full: the notice is only in this log");
    }
  }
}

/** How many batches may be under way at once when all together may hold so many bytes: at least one. */
function inFlightLimit(
  { inFlight, maxBytes }: { inFlight: number; maxBytes: number },
  bufferedBytes: number,
): number {
  return Math.max(1, Math.min(inFlight, Math.floor(bufferedBytes / maxBytes)));
}
