import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { login, post, secretOf } from "../completeness/logins";
import { serve } from "./workerProcess";

/**
 * Whoever wants to keep logins out of the records, as a process: forged calls, bodies of ten megabytes, a thousand
 * connections that begin a request and say no more, opened again when they are closed.
 */
const FORGED_PER_SECOND = 100;
const LARGE_PER_SECOND = 2;
const CONNECTIONS = 1_000;
const OPENED_PER_SECOND = 100;
const LARGE = Buffer.alloc(10 << 20, 0x20);
const stopped = new AbortController();
const open = new Set<Socket>();
let working: Promise<unknown> | undefined;
const answers: Record<string, number> = {};

export type HostileCalls = typeof calls;
const calls = {
  start({ port }: { port: number }): void {
    const forged = () => post(port, login("A", {}, secretOf.B).call);
    for (let count = 0; count < CONNECTIONS; count++) hold(port);
    working = Promise.all([
      every(1000 / FORGED_PER_SECOND, forged),
      every(1000 / LARGE_PER_SECOND, () => post(port, LARGE)),
      every(1000 / OPENED_PER_SECOND, async () => (open.size < CONNECTIONS ? hold(port) : undefined)),
    ]);
  },

  /** How often each answer was given. */
  async stop(_: undefined): Promise<Record<string, number>> {
    stopped.abort();
    for (const socket of open) socket.destroy();
    await working;
    return answers;
  },
};

async function every(millis: number, work: () => Promise<number | string | undefined>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  while (!stopped.signal.aborted) {
    const one = work().then((answer) => {
      if (answer !== undefined) answers[answer] = (answers[answer] ?? 0) + 1;
      underWay.delete(one);
    });
    underWay.add(one);
    await delay(millis);
  }
  await Promise.all(underWay);
}

/** Opens a connection, begins a request on it, and says no more. */
function hold(port: number): undefined {
  const socket = connect(port, "127.0.0.1", () => socket.write("POST /logins HTTP/1.1\r\nhost: x\r\n"));
  open.add(socket);
  socket.on("error", () => undefined);
  socket.on("close", () => open.delete(socket));
  socket.resume();
}

serve(calls);
