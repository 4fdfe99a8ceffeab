const hashed = /^v1-[0-9a-f]{32}$/;

/** A record's id as it is stored: 16 bytes for `v1-` and 32 hex digits, the text itself for any other. */
export function storedId(id: string): Uint8Array | string {
  return hashed.test(id) ? Buffer.from(id.slice(3), "hex") : id;
}

/** The id that was stored. */
export function readId(stored: unknown): string {
  return stored instanceof Uint8Array
    ? `v1-${Buffer.from(stored.buffer, stored.byteOffset, stored.length).toString("hex")}`
    : String(stored);
}
