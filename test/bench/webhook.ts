import { setTimeout as delay } from "node:timers/promises";
import { formatMicros } from "../../forwarder/records/micros";
import { systemClock } from "../../local/zitadel/clock";
import { login, loginSecrets, logins, post } from "../completeness/logins";
import { onStage, until } from "./benchStage";
import { type Figure, type Measurement, quantile } from "./figure";
import type { HostileCalls } from "./hostileProcess";
import { WorkerProcess } from "./workerProcess";

/** Logins a second, each on a connection of its own, as ZITADEL makes its calls. */
const LOGINS_PER_SECOND = 20;

/** What the callers of one phase saw. */
interface Phase {
  /** Milliseconds from the call to its answer, connection included. */
  millis: number[];
  /** Calls that were not answered 2xx. */
  refused: number;
}

/** How long somebody's login waits for the webhook's answer, alone and beside hostile traffic. */
export function webhook({ seconds, rounds }: { seconds: number; rounds: number }): Measurement {
  return {
    name: "webhook",
    run: (say) =>
      onStage({ commitDelay: 0 }, async (stage) => {
        const alone: Phase[] = [];
        const beside: Phase[] = [];
        const bad: number[] = [];
        await stage.receiver.call("begin", `${stage.folder}/logins.ndjson`);
        const from = formatMicros(systemClock.now());
        const forwarder = stage.forwarder("webhook", from, { logins, secrets: loginSecrets });
        await forwarder.start();
        await until(
          "calls are accepted",
          60,
          async () => (await forwarder.health("/readyz"))?.status === 200,
        );
        const port = forwarder.webhookPort;
        for (let round = 1; round <= rounds; round++) {
          alone.push(await logIn(port, seconds));
          const hostile = WorkerProcess.start<HostileCalls>("hostileProcess");
          await hostile.call("start", { port });
          await delay(1000);
          beside.push(await logIn(port, seconds));
          const answers = await hostile.call("stop", undefined);
          await hostile.end();
          bad.push(Object.values(answers).reduce((sum, count) => sum + count, 0) / (seconds + 1));
          say(
            `round ${round} of ${rounds}: p95 ${p95(alone.at(-1)!).toFixed(1)} ms alone, ` +
              `${p95(beside.at(-1)!).toFixed(1)} ms beside hostile calls (${JSON.stringify(answers)})`,
          );
        }
        await forwarder.stop();
        return figures(alone, beside, bad);
      }),
  };
}

const p95 = ({ millis }: Phase) => quantile(millis, 0.95);

function figures(alone: Phase[], beside: Phase[], bad: number[]): Figure[] {
  return [
    { what: "answer to a login p95, alone", rounds: alone.map(p95), unit: "ms" },
    {
      what: "answer to a login p95, beside hostile calls",
      rounds: beside.map(p95),
      unit: "ms",
      aim: { below: 20 },
    },
    {
      what: "answer to a login p50, beside hostile calls",
      rounds: beside.map(({ millis }) => quantile(millis, 0.5)),
      unit: "ms",
    },
    {
      what: "logins not answered 2xx, beside hostile calls",
      rounds: beside.map(({ refused }) => refused),
      unit: "",
      aim: { atMost: 0 },
    },
    { what: "hostile calls", rounds: bad, unit: "/s" },
  ];
}

/** Signs people in at an even pace, whatever the answers take. */
async function logIn(port: number, seconds: number): Promise<Phase> {
  const phase: Phase = { millis: [], refused: 0 };
  const calls: Promise<void>[] = [];
  for (let count = 0; count < seconds * LOGINS_PER_SECOND; count++) {
    const { call } = login("A");
    const sentAt = performance.now();
    calls.push(
      post(port, call).then((status) => {
        phase.millis.push(performance.now() - sentAt);
        if (status !== 204) phase.refused += 1;
      }),
    );
    await delay(1000 / LOGINS_PER_SECOND);
  }
  await Promise.all(calls);
  return phase;
}
