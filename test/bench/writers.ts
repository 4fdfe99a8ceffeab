import { setTimeout as delay } from "node:timers/promises";
import { onStage } from "./benchStage";
import { loadHistory, readByBareLoop, readByForwarder } from "./catchUp";
import type { Figure, Measurement } from "./figure";
import type { Written } from "./steadyWriters";

/** How long a push holds ZITADEL's lock: what PostgreSQL takes to commit it. Milliseconds. */
const COMMIT_MILLIS = 3;
const WRITING = { eventsPerSecond: 100, writers: 20 };

export interface WritersSize {
  /** Events of the history that is read meanwhile. */
  events: number;
  rounds: number;
}

/** How long ZITADEL's writers wait because of a reader that catches up. */
export function writers({ events, rounds }: WritersSize): Measurement {
  return {
    name: "writers",
    run: (say) =>
      onStage({ commitDelay: COMMIT_MILLIS }, async (stage) => {
        const history = await loadHistory(stage, events);
        const whileReading = async (read: () => Promise<unknown>): Promise<Written> => {
          await stage.zitadel.call("write", WRITING);
          await read();
          return stage.zitadel.call("stopWriting", undefined);
        };
        const written = { none: [] as Written[], bareLoop: [] as Written[], forwarder: [] as Written[] };
        for (let round = 1; round <= rounds; round++) {
          let seconds = 0;
          written.bareLoop.push(
            await whileReading(async () => {
              seconds = (await readByBareLoop(stage, history)).seconds;
            }),
          );
          written.forwarder.push(
            await whileReading(() => readByForwarder(stage, `forwarder-${round}`, history)),
          );
          written.none.push(await whileReading(() => delay(seconds * 1000)));
          const told = Object.entries(written).map(
            ([reader, rounds]) => `${reader} ${pushMillis(rounds.at(-1)!).toFixed(2)} ms`,
          );
          say(`round ${round} of ${rounds}: a push takes ${told.join(", ")}`);
        }
        return figures(written);
      }),
  };
}

function figures({
  none,
  bareLoop,
  forwarder,
}: Record<"none" | "bareLoop" | "forwarder", Written[]>): Figure[] {
  const waited = (rounds: Written[]) => rounds.map(({ waitedMillis, pushes }) => waitedMillis / pushes);
  const longer = (rounds: Written[]) =>
    rounds.map((written, round) => pushMillis(written) / pushMillis(none[round]!));
  return [
    { what: "catch-up: a push waits, forwarder", rounds: waited(forwarder), unit: "ms" },
    { what: "catch-up: a push waits, bare loop", rounds: waited(bareLoop), unit: "ms" },
    { what: "catch-up: a push takes, no reader", rounds: none.map(pushMillis), unit: "ms" },
    { what: "catch-up: a push takes, forwarder to no reader", rounds: longer(forwarder), unit: "" },
    { what: "catch-up: a push takes, bare loop to no reader", rounds: longer(bareLoop), unit: "" },
  ];
}

function pushMillis({ pushMillis, pushes }: Written): number {
  return pushMillis / pushes;
}
