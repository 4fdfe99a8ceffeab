import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** What a call did to a file below the folder that is looked at, or sent over a connection. */
export type Effect =
  | { kind: "write"; file: string; offset: number; data: Buffer }
  | { kind: "truncate"; file: string; size: number }
  | { kind: "create"; file: string }
  | { kind: "unlink"; file: string }
  | { kind: "rename"; file: string; to: string }
  /** A sync that has begun covers what was written before; it counts when it has ended. */
  | { kind: "syncBegun"; file: string }
  | { kind: "synced"; file: string }
  | { kind: "sent"; port: number; connection: string; data: Buffer };

/** An effect and when it was: milliseconds since 1970. */
export type Operation = Effect & { at: number };

const calls = [
  ...["openat", "pwrite64", "pwritev", "write", "writev", "sendto", "sendmsg", "fdatasync", "fsync"],
  ...["ftruncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "close"],
];

/**
 * A command to start a process under, which writes down its calls. With `-D` it is the process itself that is our
 * child, to kill or to stop; the times are those of the wall clock; every text is printed whole and as hex.
 */
export function tracing(traceFile: string): string[] {
  const whole = ["-ttt", "-yy", "-xx", "-s", String(64 << 20)];
  return ["strace", "-D", "-f", "--seccomp-bpf", ...whole, "-e", `trace=${calls.join(",")}`, "-o", traceFile];
}

/** Whether the trace is complete: the process has ended and its tracer has written that down. */
export function traceEnded(traceFile: string, pid: number): boolean {
  return new RegExp(`^${pid} .*\\+\\+\\+ (exited|killed)`, "m").test(
    readFileSync(traceFile, "latin1").slice(-4096),
  );
}

/** Reads a trace: what concerns files below `folder`, by their paths below it ("" is the folder), and connections. */
export async function readTrace(traceFile: string, folder: string): Promise<Operation[]> {
  const operations: Operation[] = [];
  const unfinished = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(traceFile, "latin1") })) {
    const [, pid, seconds, rest] = /^(\d+) +(\d+\.\d+) (.*)$/.exec(line) ?? [];
    if (pid === undefined || rest === undefined) throw new Error(`no line of a trace: ${line.slice(0, 200)}`);
    const at = Number(seconds) * 1000;
    const took = (effects: Effect[]) => {
      for (const effect of effects) operations.push({ at, ...effect });
    };
    const [, begun] = /^(.*) <unfinished \.\.\.>$/.exec(rest) ?? [];
    const [, result] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? [];
    if (begun !== undefined) {
      unfinished.set(pid, begun);
      took(effectsOf(begun, folder).filter(isBegun));
    } else if (result !== undefined) {
      const whole = `${unfinished.get(pid)}${result}`;
      took(effectsOf(whole, folder).filter((effect) => !isBegun(effect)));
    } else took(effectsOf(rest, folder));
  }
  return operations;
}

/** What has an effect as soon as the call is made; the rest has one when it returns. */
function isBegun({ kind }: Effect): boolean {
  return kind === "write" || kind === "sent" || kind === "syncBegun";
}

function effectsOf(call: string, folder: string): Effect[] {
  const [, name = "", args = ""] = /^(\w+)\((.*)$/s.exec(call) ?? [];
  if (/ = -1 E\w+/.test(call.slice(-200))) return [];
  const [, described = ""] = /^(?:\d+|AT_FDCWD)<(.*?)>(?=[,)]|$)/.exec(args) ?? [];
  const file = below(folder, decode(described).toString());
  const texts = () => Array.from(args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g), ([, text]) => decode(text!));
  const path = (index: number) => below(folder, texts()[index]?.toString() ?? "");
  const numbers = () =>
    args
      .replace(/"[^"]*"/g, '""')
      .match(/\d+(?=[,)])/g)!
      .map(Number);
  switch (name) {
    case "openat": {
      const opened = path(0);
      if (opened === undefined || !args.includes("O_CREAT")) return [];
      const created: Effect = { kind: "create", file: opened };
      return args.includes("O_TRUNC") ? [created, { kind: "truncate", file: opened, size: 0 }] : [created];
    }
    case "pwrite64":
      if (file === undefined) return [];
      return [
        { kind: "write", file, offset: Number(/, (\d+)\)?(?: +=.*)?$/.exec(args)![1]), data: texts()[0]! },
      ];
    case "ftruncate":
      return file === undefined ? [] : [{ kind: "truncate", file, size: numbers().at(-1)! }];
    case "fdatasync":
    case "fsync":
      if (file === undefined) return [];
      return [
        { kind: "syncBegun", file },
        { kind: "synced", file },
      ];
    case "unlink":
    case "unlinkat": {
      const gone = path(0);
      return gone === undefined ? [] : [{ kind: "unlink", file: gone }];
    }
    case "rename":
    case "renameat":
    case "renameat2": {
      const [from, to] = [path(0), path(1)];
      return from === undefined || to === undefined ? [] : [{ kind: "rename", file: from, to }];
    }
    case "write":
    case "writev":
    case "sendto":
    case "sendmsg":
    case "pwritev": {
      if (file !== undefined) throw new Error(`${name} on ${file}: the place that it writes to is not known`);
      const [, port] = /^TCP(?:v6)?:\[.*->.*:(\d+)\]$/.exec(described) ?? [];
      if (port === undefined) return [];
      return [{ kind: "sent", port: Number(port), connection: described, data: Buffer.concat(texts()) }];
    }
    default:
      return [];
  }
}

/** `\x2f\x74` as bytes; a text without escapes, such as a connection's, as it is. */
function decode(text: string): Buffer {
  return text.startsWith("\\x")
    ? Buffer.from(text.replaceAll("\\x", ""), "hex")
    : Buffer.from(text, "latin1");
}

function below(folder: string, path: string): string | undefined {
  if (path === folder) return "";
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}
