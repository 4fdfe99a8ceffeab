/** A record as a destination gets it: its id and its JSON text in UTF-8. */
export interface OutgoingRecord {
  id: string;
  body: Uint8Array;
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
 * - `fault`: the configuration is wrong on one of the two sides; trying again helps once a person acted.
 */
export type Outcome =
  | { kind: "acknowledged" }
  | { kind: "retry"; reason: string; afterMillis?: number }
  | { kind: "refused"; reason: string }
  | { kind: "fault"; reason: string; remedy: string };

/** What an acknowledgement means: `accepted`, the destination took it; `sent`, it left this process. */
export type Level = "accepted" | "sent";

export interface Destination {
  readonly kind: string;
  readonly level: Level;
  /** Sends a batch once; never throws but for the signal's reason. A reason holds no secret and no body. */
  deliver(batch: Batch, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}
