const SPACE = 0x20;
const ZERO = 0x30;

/** Counts octet-counted frames (RFC 5425, section 4.3) in bytes that come in any portions. */
export class FrameCounter {
  /** The length of the frame whose head is being read. */
  #length = 0;
  /** Bytes of the current frame's message that are still to come. */
  #rest = 0;

  /** How many frames end in this portion. */
  take(bytes: Uint8Array): number {
    let frames = 0;
    for (let at = 0; at < bytes.length; )
      if (this.#rest > 0) {
        const step = Math.min(this.#rest, bytes.length - at);
        this.#rest -= step;
        at += step;
        if (this.#rest === 0) frames += 1;
      } else {
        const byte = bytes[at++]!;
        if (byte !== SPACE) this.#length = this.#length * 10 + byte - ZERO;
        else {
          this.#rest = this.#length;
          this.#length = 0;
        }
      }
    return frames;
  }
}
