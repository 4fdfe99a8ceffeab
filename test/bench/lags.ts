import { DatabaseSync } from "node:sqlite";
import { placeOf, readArrivals } from "./arrivals";
import { type BenchStage, until } from "./benchStage";

/** How long an event took. */
export interface Lag {
  /** Microseconds since 1970. */
  createdAt: number;
  seconds: number;
}

/**
 * Waits until every event that the store holds since `from` has arrived in the receiver's file; how long each took from
 * its creation.
 *
 * @param from microseconds since 1970
 * @param written events that must have arrived at least
 */
export async function readLags(
  stage: BenchStage,
  file: string,
  from: number,
  written: number,
): Promise<Lag[]> {
  const { receiver } = stage;
  await until(
    `${written} events have arrived`,
    60,
    async () => (await receiver.call("received", undefined)) >= written,
  );
  const arrivals = readArrivals(file, await receiver.call("deliveries", undefined));
  const arrivedAt = new Map(arrivals.map((arrival) => [arrival.place, arrival.arrivedAt]));
  return storedSince(stage.database, from).map(({ place, createdAt }) => {
    const at = arrivedAt.get(place);
    if (at === undefined) throw new Error(`${place} has not arrived`);
    return { createdAt, seconds: (at - createdAt) / 1e6 };
  });
}

/** The store's own rows. */
function storedSince(database: string, from: number): { place: string; createdAt: number }[] {
  const store = new DatabaseSync(database, { readOnly: true });
  const rows = store
    .prepare("SELECT aggregate_type, aggregate_id, sequence, created_at FROM events WHERE created_at >= ?")
    .all(from);
  store.close();
  return rows.map((row) => ({
    place: placeOf(String(row.aggregate_type), String(row.aggregate_id), Number(row.sequence)),
    createdAt: Number(row.created_at),
  }));
}
