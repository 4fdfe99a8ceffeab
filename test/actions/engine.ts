import { ActionEngine } from "../../local/zitadel/actionEngine";
import { ensureActionEngine } from "../../tools/goja/ensureActionEngine";

/** A real goja; the engine is built when it is not there yet. */
export async function startEngine(deny = ""): Promise<ActionEngine> {
  return new ActionEngine(await ensureActionEngine((line) => console.log(line)), deny);
}

/** The message of a line of ZITADEL's log that an Action wrote; undefined for other lines. */
export function messageOf(line: string): string | undefined {
  return recordOf(line)?.message;
}

/** What ZITADEL's log emitter wrote into a line, text or JSON. */
export function recordOf(line: string): { message: string; logLevel: string; took: number } | undefined {
  if (line.startsWith("{")) {
    const { msg, record } = JSON.parse(line);
    return msg === "log record emitted" ? JSON.parse(record) : undefined;
  }
  const quoted =
    /^time=\S+ level=info msg="log record emitted" caller="[^"]*" record=("(?:[^"\\]|\\.)*")$/s.exec(line);
  return quoted ? JSON.parse(unquoteGo(quoted[1]!)) : undefined;
}

/** The text of a string literal of Go, as logrus writes one. */
function unquoteGo(literal: string): string {
  const named: Record<string, string> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
  return literal
    .slice(1, -1)
    .replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)/g, (_, code: string) =>
      code.length > 1 ? String.fromCodePoint(Number.parseInt(code.slice(1), 16)) : (named[code] ?? code),
    );
}
