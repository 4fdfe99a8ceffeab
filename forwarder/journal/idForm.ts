const hashed = /^v1-[0-9a-f]{32}$/;

/** A record's id as it is stored: 16 bytes for `v1-` and 32 hex digits, the text itself for any other. */
export function storedId(id: string): Uint8Array | string {
  return hashed.test(id) ? Buffer.from(id.slice(3), "hex") : id;
}

/** The column of a query that holds the id as it was before it was stored. */
export const selectId = "CASE typeof(id) WHEN 'blob' THEN 'v1-' || lower(hex(id)) ELSE id END AS id";
