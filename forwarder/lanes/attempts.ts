import { hash } from "node:crypto";
import { backoffMillis } from "../concurrency/backoff";
import { pause, sleep } from "../concurrency/waiting";
import type { Destination, Outcome, OutgoingRecord } from "../destinations/destination";
import type { Fault } from "../fault";
import type { DeadLetter } from "../journal/deadLetters";

/** How the destination answers at the moment. */
export type Condition =
  | { state: "delivering" }
  | { state: "retrying"; reason: string }
  | ({ state: "fault" } & Fault);

/** What became of a batch in the end. */
export interface Delivered {
  /** The records that were refused for good. */
  deadLetters: DeadLetter[];
  /** Where the others were only sent: whether they have arrived, once that is known. */
  arrival?: Promise<boolean>;
}

/** What is reported of a lane, for its metrics and the log. */
export interface AttemptReports {
  delivered(records: number): void;
  failed(outcome: "retry" | "refused" | "fault"): void;
  /** Records of one batch were refused for good. */
  setAside(letters: readonly DeadLetter[]): void;
  /** The destination does not take batches, for a reason that was not the last one reported. */
  obstructed(condition: Exclude<Condition, { state: "delivering" }>): void;
  /** It takes them again. */
  recovered(): void;
}

/** So many failures of one batch in a row are worth a line in the log; fewer pass by themselves. */
const FAILURES_LOGGED = 4;

/**
 * Brings batches to a destination, each until every record of it is acknowledged or set aside.
 *
 * A batch moves so: *acknowledged* ends it; *retry* and *fault* wait and try again, for ever; *refused* halves
 * it and goes on with each half, down to the single record that is refused, which is set aside with the reason;
 * *divided* sets aside what is refused by name and goes on with what is to be sent again.
 * When one batch is acknowledged the pauses of the others are cut short: the destination is back.
 */
export class Attempts {
  condition: Condition = { state: "delivering" };
  readonly #pauses = new Set<AbortController>();
  /** The reason that was reported last; undefined when the destination takes batches. */
  #reported: string | undefined;

  constructor(
    private readonly destination: Destination,
    private readonly random: () => number,
    private readonly reports: AttemptReports,
    /** Whether a record may be set aside: no when so many were that the records cannot be what is wrong. */
    private readonly maySetAside: () => boolean,
  ) {}

  /**
   * @param stop no new attempt after it
   * @param abandon ends the attempt that is under way
   * Rejects with a signal's reason when given up.
   */
  async deliver(
    records: readonly OutgoingRecord[],
    stop: AbortSignal,
    abandon: AbortSignal,
  ): Promise<Delivered> {
    const arrivals: Promise<boolean>[] = [];
    const deadLetters = await this.#deliver(records, arrivals, stop, abandon);
    if (deadLetters.length > 0) this.reports.setAside(deadLetters);
    return { deadLetters, arrival: arrivals.length > 1 ? all(arrivals) : arrivals[0] };
  }

  async #deliver(
    records: readonly OutgoingRecord[],
    arrivals: Promise<boolean>[],
    stop: AbortSignal,
    abandon: AbortSignal,
  ): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    let rest = records;
    for (let failures = 1; ; failures += 1) {
      const batch = { id: batchId(rest), records: rest };
      const outcome = this.#judge(await this.destination.deliver(batch, abandon), rest.length);
      if ("arrival" in outcome && outcome.arrival) arrivals.push(outcome.arrival);
      if (outcome.kind === "acknowledged") {
        this.#delivered(rest.length);
        return letters;
      }
      if (outcome.kind === "divided") {
        const { delivered, refused, retry } = divide(rest, outcome);
        letters.push(...refused);
        if (refused.length > 0) this.reports.failed("refused");
        if (delivered > 0) this.#delivered(delivered);
        if (retry.length === 0) return letters;
        if (retry.length < rest.length) failures = 0;
        rest = retry;
      }
      this.reports.failed(outcome.kind === "divided" ? "retry" : outcome.kind);
      stop.throwIfAborted();
      if (outcome.kind === "refused") {
        const [only] = rest;
        if (rest.length === 1 && only) return [...letters, { ...only, reason: outcome.reason }];
        const half = Math.ceil(rest.length / 2);
        return [
          ...letters,
          ...(await this.#deliver(rest.slice(0, half), arrivals, stop, abandon)),
          ...(await this.#deliver(rest.slice(half), arrivals, stop, abandon)),
        ];
      }
      const asked = outcome.kind === "divided" ? outcome.retry : outcome;
      this.condition =
        outcome.kind === "fault"
          ? { state: "fault", reason: outcome.reason, remedy: outcome.remedy }
          : { state: "retrying", reason: asked.reason };
      if (outcome.kind === "fault" || failures >= FAILURES_LOGGED) this.#report(this.condition);
      await this.#pause(failures, "afterMillis" in asked ? asked.afterMillis : undefined, stop);
    }
  }

  #delivered(records: number): void {
    this.condition = { state: "delivering" };
    this.reports.delivered(records);
    if (this.#reported !== undefined) this.reports.recovered();
    this.#reported = undefined;
    for (const pause of this.#pauses) pause.abort();
  }

  #report(condition: Condition): void {
    if (condition.state === "delivering" || condition.reason === this.#reported) return;
    this.#reported = condition.reason;
    this.reports.obstructed(condition);
  }

  /** A refusal that would set aside too much is a fault; what of the batch was taken is then sent again. */
  #judge(outcome: Outcome, records: number): Outcome {
    const reason = refusal(outcome, records);
    if (reason === undefined || this.maySetAside()) return outcome;
    return {
      kind: "fault",
      reason: `${reason}, and dead letters have taken their share of the journal`,
      remedy: "look into why the destination refuses records, then correct it or the format",
    };
  }

  async #pause(failures: number, askedMillis: number | undefined, stop: AbortSignal): Promise<void> {
    const cut = new AbortController();
    if (askedMillis === undefined) this.#pauses.add(cut);
    try {
      const signal = AbortSignal.any([stop, cut.signal]);
      await pause(backoffMillis(failures, this.random(), askedMillis), signal);
      stop.throwIfAborted();
      if (cut.signal.aborted) await sleep(backoffMillis(1, this.random()), stop);
    } finally {
      this.#pauses.delete(cut);
    }
  }
}

/** What became of a batch's records when the destination answered record by record. */
interface Division {
  delivered: number;
  refused: DeadLetter[];
  retry: OutgoingRecord[];
}

/** Sorts a batch's records by a destination's answers; a record both refused and to be retried counts as refused. */
function divide(
  records: readonly OutgoingRecord[],
  { refused, retry }: Extract<Outcome, { kind: "divided" }>,
): Division {
  const division: Division = { delivered: 0, refused: [], retry: [] };
  for (const record of records) {
    const reason = refused.get(record.id);
    if (reason !== undefined) division.refused.push({ ...record, reason });
    else if (retry.ids.has(record.id)) division.retry.push(record);
    else division.delivered += 1;
  }
  return division;
}

/** The reason for which records would be set aside after this outcome; a refusal of many is halved first. */
function refusal(outcome: Outcome, records: number): string | undefined {
  if (outcome.kind === "refused" && records === 1) return outcome.reason;
  return outcome.kind === "divided" ? outcome.refused.values().next().value : undefined;
}

async function all(arrivals: readonly Promise<boolean>[]): Promise<boolean> {
  return (await Promise.all(arrivals)).every((arrived) => arrived);
}

/** The same records make the same id. */
function batchId(records: readonly OutgoingRecord[]): string {
  return `msg_${hash("sha256", records.map(({ id }) => id).join("\n")).slice(0, 32)}`;
}
