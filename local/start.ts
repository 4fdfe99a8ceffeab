/**
 * `npm start`: ZITADEL's audit records arriving at a receiver, on this machine alone. A ZITADEL stand-in with
 * people at work, `pulumi up` of the root stack, the forwarder as a process, a receiver. `--help` says more.
 */
import "./run/nodeVersion";
import { createInterface } from "node:readline/promises";
import { localRun } from "./run/localRun";
import { OptionsError, readOptions, readRemoval, usage } from "./run/options";
import type { Terminal } from "./run/terminal";
import { Trial } from "./run/trial";

/** Milliseconds between two lines of progress where no terminal shows them. */
const LINE_INTERVAL = 5_000;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const removal = readRemoval(args);
  const options = removal ? undefined : readOptions(args);
  if (removal) succeed(await Trial.open(removal).end(console.log));
  else if (options) succeed(await localRun(options, terminalOf(process.stdout)));
  else console.log(usage);
}

function succeed(succeeded: boolean): void {
  if (!succeeded) process.exitCode = 1;
}

function terminalOf(output: NodeJS.WriteStream): Terminal {
  const stop = new AbortController();
  let lastLine = Number.NEGATIVE_INFINITY;
  let open = false;
  const say = (line: string) => {
    if (open) output.write("\n");
    open = false;
    output.write(`${line}\n`);
  };
  const end = () => {
    if (!stop.signal.aborted) say("ending the run; this takes some seconds");
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  // A terminal that has been closed, a reader of the output that has gone: nobody sees the run any more.
  for (const stream of [output, process.stderr]) stream.on("error", () => stop.abort());
  return {
    say,
    progress(line) {
      if (output.isTTY) {
        output.write(`\r${line}\x1b[K`);
        open = true;
      } else if (performance.now() - lastLine > LINE_INTERVAL) {
        lastLine = performance.now();
        output.write(`${line}\n`);
      }
    },
    async confirm(question) {
      if (!process.stdin.isTTY) throw new Error("nobody can be asked here: say --yes");
      const lines = createInterface({ input: process.stdin, output });
      try {
        return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal: stop.signal })).trim());
      } finally {
        lines.close();
      }
    },
    stop: stop.signal,
  };
}

main().catch((error: Error) => {
  console.error(error instanceof OptionsError ? `${error.message}\n${usage}` : error.message);
  process.exitCode = error instanceof OptionsError ? 2 : 1;
});
