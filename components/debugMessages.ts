/**
 * Keeps the engine's answers out of debug messages, for all of the program or plugin that imports this. Pulumi's SDK
 * for Node makes a debug message of each answer, with every property in it, secrets in the clear: `--debug` prints
 * these messages, and so does `pulumi up --json`. The SDK has no option for it, and no type of secret that it would
 * leave out, so its function is wrapped. Everything else that is said for `--debug` is said as before.
 */
import { createRequire } from "node:module";
import { sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** The SDK's module `log`, as other modules of the SDK and programs call it. */
interface SdkLog {
  debug: typeof pulumi.log.debug;
}

/** What the SDK says when an answer has come, up to what it is about. */
const answered = /^(?:\w+ )+RPC (?:finished|failed)\b/;
/** Where in it begins what the answer holds; an error may quote properties too. */
const content = /[:;,]? err[:=]/;

/** @returns `message` without what an answer of the engine holds; every other message as it is */
export function withoutAnswer(message: string): string {
  const about = answered.exec(message)?.[0];
  if (about === undefined) return message;
  const end = message.search(content);
  return `${end < 0 ? about : message.slice(0, end)} (what the answer holds is left out)`;
}

const wrapped = new WeakSet<SdkLog["debug"]>();

function wrap(log: SdkLog): void {
  const { debug } = log;
  if (wrapped.has(debug)) return;
  const quiet: SdkLog["debug"] = (message, ...about) => debug(withoutAnswer(message), ...about);
  wrapped.add(quiet);
  Reflect.set(log, "debug", quiet);
  if (log.debug === quiet) return;
  pulumi.log.warn(
    "this version of @pulumi/pulumi tells secrets in debug messages and cannot be kept from it: keep the output of `--debug` and `pulumi up --json` as you keep secrets",
  );
}

/** A program may have loaded several versions of the SDK, of which each tells the answers to its own resources. */
function wrapAll(): void {
  wrap(pulumi.log as SdkLog);
  const file = ["", "@pulumi", "pulumi", "log", "index.js"].join(sep);
  for (const [path, loaded] of Object.entries(createRequire(__filename).cache))
    if (path.endsWith(file) && loaded?.loaded) wrap(loaded.exports as SdkLog);
}

wrapAll();
// What the program loads after this, before the first answer can come.
queueMicrotask(wrapAll);
