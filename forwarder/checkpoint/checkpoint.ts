import * as z from "zod";

const micros = z.int();

/** A bucket of time: [from, to, number of events, digest of their ids], `to` exclusive. */
export const bucketSchema = z.tuple([micros, micros, z.int().min(0), z.string()]);

const replicaSchema = z.object({
  /** Which journal it had. */
  journal: z.string().min(1),
  /** Its login records of what happened before were delivered. */
  deliveredMicros: micros,
  /** Whether it had records that some destination had not. */
  waiting: z.boolean(),
});

const loginsSchema = z.object({
  /** The journals of the other replicas, by ordinal. */
  replicas: z.record(z.string(), replicaSchema),
  /** Login checks created in [fromMicros, toMicros) are still to be noted and judged again. */
  recheck: z.object({ fromMicros: micros, toMicros: micros }).optional(),
});

const checkpointSchema = z.object({
  version: z.literal(1),
  /** Which journal it is about: another one means that the volume was lost or replaced. */
  journalId: z.string().min(1),
  instanceId: z.string().min(1),
  /** ZITADEL's time when it was written, RFC 3339. */
  writtenDate: z.string(),
  tailMicros: micros,
  sweptMicros: micros,
  /** Every event read that was created before this was acknowledged by every destination. */
  deliveredMicros: micros,
  /** What was delivered between swept and delivered, where a late event may still appear. */
  buckets: z.array(bucketSchema),
  /** Events that were delivered although they were created later: creation time and id. */
  ahead: z.array(z.tuple([micros, z.string()])),
  /** What is known of the other replicas' journals; absent where no login records are declared. */
  logins: loginsSchema.optional(),
});

/**
 * What survives the loss of the journal: how far reading and delivering had come. It lies in a ConfigMap and
 * holds neither events nor secrets. Times are microseconds since 1970 of ZITADEL's clock.
 */
export type Checkpoint = z.infer<typeof checkpointSchema>;
/** What another replica answered about its journal when it was last asked. */
export type ReplicaJournal = z.infer<typeof replicaSchema>;
export type ReplicaJournals = Readonly<Record<string, ReplicaJournal>>;
export type LoginsCheckpoint = z.infer<typeof loginsSchema>;
export type Bucket = z.infer<typeof bucketSchema>;

/** Where a checkpoint is kept. Both throw when the place cannot be reached. */
export interface CheckpointStore {
  /** The text that was written last, or undefined when none ever was. */
  read(signal: AbortSignal): Promise<string | undefined>;
  write(text: string, signal: AbortSignal): Promise<void>;
}

/** Reads a checkpoint's text; undefined when it is none. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * An order-free digest of ids (`v1-` and 32 hex digits, or 32 hex digits): their exclusive or, 32 hex digits.
 * Equal sets of distinct ids give equal digests; together with their number it tells different sets apart.
 */
export function digestOfIds(ids: Iterable<string>): string {
  const words = new Uint32Array(4);
  for (const id of ids)
    for (let word = 0; word < 4; word++) {
      const start = id.length - 32 + word * 8;
      words[word]! ^= Number.parseInt(id.slice(start, start + 8), 16);
    }
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** Joins neighbouring buckets to ones of at most so many events: fewer reads when they are compared. */
export function joinBuckets(buckets: readonly Bucket[], mostEvents: number): Bucket[] {
  const joined: Bucket[] = [];
  for (const [from, to, count, digest] of buckets) {
    const last = joined.at(-1);
    if (last && last[1] === from && last[2] + count <= mostEvents)
      joined[joined.length - 1] = [last[0], to, last[2] + count, digestOfIds([last[3], digest])];
    else joined.push([from, to, count, digest]);
  }
  return joined;
}
