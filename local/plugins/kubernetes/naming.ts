import { createHash, randomBytes } from "node:crypto";

/** `<resource name>-` and 8 hex digits, the same for the same seed; from real randomness without one. */
export function autoname(resourceName: string, seed: Uint8Array): string {
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return `${resourceName}-${bytes.toString("hex").slice(0, 8)}`;
}

/** The owner of one resource's fields in server-side apply. */
export function newFieldManager(): string {
  return autoname("pulumi-kubernetes", new Uint8Array());
}
