import type { AcknowledgementLevel } from "../../contract";
import type { Fault } from "../fault";

/** A record as a destination gets it. */
export interface OutgoingRecord {
  id: string;
  /** Creation time in microseconds since 1970. */
  createdMicros: number;
  /** The text that the destination's formatter made of the record: JSON, or a message around it. */
  body: string;
}

/** What is sent at once. The same records make the same id, so that retries and restarts keep it. */
export interface Batch {
  id: string;
  records: readonly OutgoingRecord[];
}

/**
 * What became of a batch.
 * - `acknowledged`: the destination has it.
 * - `retry`: it does not have it for certain, and trying again helps; `afterMillis` is what it asked for.
 * - `refused`: it will never take these records as they are.
 * - `divided`: it answered record by record: those in `refused` it will never take, those in `retry` it does not
 *   have, all others it has. Both by id.
 * - `fault`: the configuration is wrong on one of the two sides; trying again helps once a person acted.
 *
 * With an `arrival` what it "has" was only sent: it resolves true once the destination has it, and false when that
 * will never be known: then the batch is to be delivered again.
 */
export type Outcome =
  | { kind: "acknowledged"; arrival?: Promise<boolean> }
  | { kind: "retry"; reason: string; afterMillis?: number }
  | { kind: "refused"; reason: string }
  | { kind: "divided"; refused: ReadonlyMap<string, Reason>; retry: Retry; arrival?: Promise<boolean> }
  | ({ kind: "fault" } & Fault);

/** Why a destination refuses a record, in words of its own without secrets. */
export type Reason = string;

/** Records of a batch that are to be sent again, and why. */
export interface Retry {
  ids: ReadonlySet<string>;
  reason: string;
  afterMillis?: number;
}

export interface Destination {
  readonly kind: string;
  /** What an acknowledgement says. */
  readonly level: AcknowledgementLevel;
  /** Sends a batch once; never throws but for the signal's reason. A reason holds no secret and no body. */
  deliver(batch: Batch, signal: AbortSignal): Promise<Outcome>;
  /** No further batch will begin: where arrivals are waited for, they are to be known soon. */
  finish?(): void;
  close(): Promise<void>;
}
