import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ActionContext } from "../../local/zitadel/actionEngine";
import { recordOf } from "./engine";

/** What an Action did during a real login. */
export interface ActionRecording {
  name: string;
  /** Whether the person was signed in at the end. */
  final: boolean;
  pwposts: { status: number; error?: string }[];
  stderrLines: string[];
  hooks: { head: string; body: string }[];
}

export function actionRecording(name: string): ActionRecording {
  return read(`actionv1-${name}`) as ActionRecording;
}

export function recordedLogLines(name: string): string[] {
  return read(`actionv1-log-lines-${name}`) as string[];
}

export const INSTANCE = "400716688087059494";

/** The contexts that scripts dumped during real logins, in their order. */
export function recordedContexts(name: string): ActionContext[] {
  const contexts: ActionContext[] = [];
  for (const line of actionRecording(name).stderrLines) {
    const [kind, json] = /^(CTX\w*) (\{.*)$/s.exec(recordOf(line)!.message)?.slice(1) ?? [];
    if (kind === "CTXDUMP") {
      const { authMethod, authError } = JSON.parse(json!);
      contexts.push({ authMethod, authError });
    }
    // An unknown address was dumped as an empty list of bytes.
    if (kind === "CTXAR")
      contexts.at(-1)!.authRequest = JSON.parse(json!.replace('"remoteIp":[]', '"remoteIp":""'));
    if (kind === "CTXHR") contexts.at(-1)!.httpRequest = JSON.parse(json!);
  }
  return contexts;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, "../recordings", `${name}.json`), "utf8"));
}
