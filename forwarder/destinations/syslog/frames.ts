import type { OutgoingRecord } from "../destination";

/** A write holds at most so many bytes of whole frames, but for a frame that alone is larger. */
const WRITE_BYTES = 64 << 10;

/** Messages on their way, and those that are too long for the receiver. */
export interface Framed {
  /** Whole frames each. */
  writes: Buffer[];
  /** By the record's id. */
  refused: Map<string, string>;
}

/** Octet-counted frames (RFC 5425, section 4.3): the message's length in bytes, a space, the message. */
export function frameRecords(records: readonly OutgoingRecord[], maxMessageBytes: number): Framed {
  const refused = new Map<string, string>();
  const writes: Buffer[] = [];
  let frames: Buffer[] = [];
  let total = 0;
  const close = () => {
    if (frames.length > 0) writes.push(Buffer.concat(frames));
    frames = [];
    total = 0;
  };
  for (const { id, body } of records) {
    const bytes = Buffer.byteLength(body);
    if (bytes > maxMessageBytes) {
      refused.set(id, `is a message of ${bytes} bytes, more than maxMessageBytes (${maxMessageBytes})`);
      continue;
    }
    const frame = Buffer.from(`${bytes} ${body}`);
    if (total + frame.length > WRITE_BYTES) close();
    frames.push(frame);
    total += frame.length;
  }
  close();
  return { writes, refused };
}
