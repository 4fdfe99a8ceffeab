import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether one of the secrets made this signature of the text: HMAC-SHA256 over its UTF-8, as 64 lower-case hex
 * digits. Every secret is tried whatever the ones before said, and each comparison takes the same time.
 */
export function isSigned(text: string | Buffer, signature: string, secrets: readonly string[]): boolean {
  if (!/^[0-9a-f]{64}$/.test(signature)) return false;
  const given = Buffer.from(signature, "hex");
  let signed = false;
  for (const secret of secrets) {
    const right = timingSafeEqual(createHmac("sha256", secret).update(text).digest(), given);
    signed ||= right;
  }
  return signed;
}
