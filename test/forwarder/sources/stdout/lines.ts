/** Lines of ZITADEL's log, as its emitter writes them. */
import { createHmac } from "node:crypto";
import { LOG_MARKER } from "../../../../contract/loginClaim";

export const INSTANCE = "400716688087059494";
export const ORGANIZATION = "400716688087125030";
export const SECRET = "a secret of organization A";

/** As `strconv.Quote` writes a string. */
export function goQuoted(text: string): string {
  let quoted = "";
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const simple = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"' }[character];
    if (simple) quoted += simple;
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (/[\p{C}\p{Z}]/u.test(character) && character !== " ")
      quoted +=
        code > 0xffff
          ? `\\U${code.toString(16).padStart(8, "0")}`
          : `\\u${code.toString(16).padStart(4, "0")}`;
    else quoted += character;
  }
  return `"${quoted}"`;
}

/** A message that an Action logged, as a line of ZITADEL's log. */
export function emitted(message: string, format: "text" | "json" = "text", instanceId = INSTANCE): string {
  const record = JSON.stringify({
    logDate: "2026-11-22T10:18:15.89966219Z",
    took: 0,
    message,
    logLevel: "info",
    instanceId,
  });
  const caller = "/zitadel/internal/logstore/emitters/stdout/stdout.go:19";
  const [msg, time, level] = ["log record emitted", "2026-11-22T10:18:15Z", "info"];
  return format === "json"
    ? JSON.stringify({ caller, level, msg, record, time })
    : `time="${time}" level=${level} msg="${msg}" caller="${caller}" record=${goQuoted(record)}`;
}

/** A claim's text with what stands before it. */
export function signed(claim: string, organization = ORGANIZATION, secret = SECRET): string {
  return `${LOG_MARKER} ${organization} ${createHmac("sha256", secret).update(claim).digest("hex")} ${claim}`;
}

/** The id that the script made for login number n. */
export function scriptId(n: number): string {
  return n.toString(16).padStart(32, "0");
}

/** A claim of login number n. */
export function claim(n: number, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: scriptId(n),
    time: "2026-11-22T10:18:15.899Z",
    flow: "internal",
    trigger: "post authentication",
    outcome: "success",
    user: { id: "400717519364557862", loginName: "erin" },
    authRequest: `${400718000000000000n + BigInt(n)}`,
    ...more,
  });
}

/** The line of login number n. */
export function loginLine(n: number): string {
  return emitted(signed(claim(n)), n % 2 === 0 ? "text" : "json");
}
