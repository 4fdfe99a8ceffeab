import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Say } from "../../tools/pulumi/ensurePulumi";
import type { Pod } from "../workload/pod";
import type { Workload } from "../workload/server";
import type { LoginTraffic } from "../zitadel/loginTraffic";
import type { Delivered } from "./delivered";
import type { Destination, Source } from "./environment";
import { type Tally, tally, tallyLine } from "./tally";
import type { Terminal } from "./terminal";
import type { Written } from "./written";

/** Milliseconds between two looks at what was delivered. */
const LOOK_INTERVAL = 1_000;
/** Milliseconds at most for what is under way at the end to arrive. */
const SETTLE_TIME = 60_000;
/** Milliseconds for it when the person wants to leave. */
const HURRIED_SETTLE_TIME = 15_000;

interface Observed {
  /** Milliseconds; undefined: until the person wants to leave. */
  duration: number | undefined;
  terminal: Terminal;
  source: Source;
  destination: Destination;
  workload: Workload;
  readerUserId: string;
}

/** How things stand: of the events, and of the login checks among them where that can be known. */
interface Standing {
  events: Tally;
  logins: Tally | undefined;
}

/** Has people sign in, shows how things stand until the end, and then whether everything arrived. */
export async function observe(observed: Observed): Promise<boolean> {
  const { duration, terminal, source, destination, workload, readerUserId } = observed;
  const written = await source.written(readerUserId);
  const delivered = destination.delivered(() => metricsUrls(workload));
  const signIns = source.signIn();
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  try {
    terminal.say(duration === undefined ? "Ctrl-C ends the run" : `running for ${duration / 1000} s`);
    while (!terminal.stop.aborted && elapsed() < (duration ?? Number.POSITIVE_INFINITY)) {
      await written.refresh();
      await delivered.refresh();
      const { events, logins } = standing(written, delivered, Date.now() * 1000);
      terminal.progress(tallyLine(elapsed() / 1000, events, logins));
      await delay(LOOK_INTERVAL, undefined, { signal: terminal.stop }).catch(() => undefined);
    }
    await source.stopTraffic();
    const patience = terminal.stop.aborted ? HURRIED_SETTLE_TIME : SETTLE_TIME;
    const end = await settle(written, delivered, patience);
    if (signIns) terminal.say(signInsLine(signIns));
    return summarise(end, delivered, workload, terminal.say);
  } finally {
    written.close();
  }
}

/** @param now microseconds; undefined: there is no more time to come */
function standing(written: Written, delivered: Delivered, now: number | undefined): Standing {
  const { events, checks } = written;
  return {
    events: tally(events, delivered.undelivered(written), now),
    logins: delivered.logins && tally(checks, delivered.logins.undelivered(checks), now),
  };
}

/** Waits for what was written until now; what does not arrive in time (milliseconds) is missing. */
async function settle(written: Written, delivered: Delivered, patience: number): Promise<Standing> {
  const deadline = performance.now() + patience;
  await written.refresh();
  for (;;) {
    await delivered.refresh();
    const end = standing(written, delivered, undefined);
    const missing = end.events.missing + (end.logins?.missing ?? 0);
    if (missing === 0 || performance.now() > deadline) return end;
    await delay(LOOK_INTERVAL / 4);
  }
}

function signInsLine({ attempts: { right, wrong, external, unknown } }: LoginTraffic): string {
  return (
    `signed in: ${right} with the right password, ${wrong} with a wrong one, ${external} by an identity provider, ` +
    `${unknown} by unknown names, of which ZITADEL tells nobody`
  );
}

function summarise(
  { events, logins }: Standing,
  delivered: Delivered,
  workload: Workload,
  say: Say,
): boolean {
  const twice = delivered.duplicates === undefined ? "" : `, ${delivered.duplicates} more than once`;
  say(`written ${events.written}, delivered ${events.delivered}, missing ${events.missing}${twice}`);
  if (delivered.logins && logins && logins.written > 0) {
    const { duplicates } = delivered.logins;
    say(
      `logins: ${logins.written} checks, ${logins.delivered} reported, missing ${logins.missing}; ` +
        `${delivered.logins.count().twice} records came by webhook and by log, under one id; ` +
        `${duplicates} more than once from one source`,
    );
  }
  const succeeded = events.delivered > 0 && events.missing + (logins?.missing ?? 0) === 0;
  if (!succeeded) {
    say(events.delivered === 0 ? "nothing was delivered; the forwarder says:" : "the forwarder says:");
    for (const pod of workload.supervisor.pods) say(lastLines(pod));
  }
  return succeeded;
}

function metricsUrls({ supervisor }: Workload): string[] {
  return supervisor.pods.flatMap(({ ports }) => {
    const port = ports[0]?.get("health");
    return port === undefined ? [] : [`http://127.0.0.1:${port}/metrics`];
  });
}

/** The end of a pod's logs, for the person who looks for the reason. */
export function lastLines(pod: Pod): string {
  return pod.identity.template.spec.containers
    .map(({ name }) => readFileSync(pod.logFile(name), "utf8").trimEnd().split("\n").slice(-8).join("\n"))
    .join("\n");
}
