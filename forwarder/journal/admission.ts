import { ConditionVariable, untilAborted } from "../concurrency/waiting";
import { isVolumeFailure } from "./errors";
import { JournalFullError } from "./sourceJournal";
import { writeAheadBytes } from "./space";

/** The share of the journal that events leave to records that exist nowhere else. */
const RESERVED_FOR_OTHERS = 1 / 16;
/** How long a source waits at most before it tries again. Milliseconds. */
const RETRY_MILLIS = 2000;

/** Throws when the transaction under way has brought the journal above its limit. */
export type RefuseBeyondLimit = () => void;

/** What can be done about the journal's size. */
export interface JournalSize {
  usedBytes(): number;
  /** Takes out some of what no lane needs; false when there is no more of it. */
  collect(): boolean;
  /** The lane whose backlog of events may be handed over to a job; `scarce`: for records that exist nowhere else. */
  laneToPark(scarce: boolean): string | undefined;
  /** Hands it over; false when there was none. */
  park(lane: string): boolean;
}

/** How many bytes a commit needed. */
class BeyondLimit extends Error {
  constructor(readonly bytes: number) {
    super("The journal's limit is reached");
  }
}

/** Lets commits into the journal as long as it stays below its limit, and frees space for them. */
export class Admission {
  /** The volume took nothing the last time. */
  volumeFailed = false;
  /** Bytes that the last commit needed and did not find; 0 when it went through. */
  #needed = 0;
  readonly #changed = new ConditionVariable();

  /** `maxBytes`: what database and write-ahead log may take together. */
  constructor(
    private readonly size: JournalSize,
    private readonly maxBytes: number,
  ) {}

  /** The last commit found no space. */
  get full(): boolean {
    return this.#needed > 0;
  }

  /**
   * Runs a commit, again once space was freed for it. Throws JournalFullError when none can be freed or the volume
   * takes nothing; nothing is then changed.
   *
   * @param scarce whether it holds records that exist nowhere else
   */
  admit<T>(scarce: boolean, commit: (refuse: RefuseBeyondLimit) => T): T {
    try {
      const result = this.#commitFreeingSpace(scarce, commit);
      this.#needed = 0;
      this.volumeFailed = false;
      return result;
    } catch (error) {
      if (!isVolumeFailure(error)) throw error;
      this.volumeFailed = true;
      throw new JournalFullError("The journal's volume takes no more: free space on it or enlarge it");
    }
  }

  /** Resolves when there is reason to try a refused commit again; at once when none was refused. */
  async waitForSpace(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.full || this.volumeFailed) {
      await this.#untilChange(signal);
      if (this.volumeFailed || this.#fits(this.#needed, false) || this.size.laneToPark(false)) return;
    }
  }

  /** Lanes moved on, which may have freed something. */
  changed(): void {
    this.#changed.notifyAll();
  }

  #commitFreeingSpace<T>(scarce: boolean, commit: (refuse: RefuseBeyondLimit) => T): T {
    for (;;) {
      const before = this.size.usedBytes();
      try {
        return commit(() => {
          const used = this.size.usedBytes();
          if (used > this.#limit(scarce)) throw new BeyondLimit(used - before);
        });
      } catch (error) {
        if (!(error instanceof BeyondLimit)) throw error;
        this.#needed = error.bytes;
        if (!this.#freeSpace(error.bytes, scarce))
          throw new JournalFullError(
            "The journal's limit is reached and no lane's backlog can be dropped from it",
          );
      }
    }
  }

  /** Takes out what nobody needs, then parks lanes, until there is space; false when nothing more can be done. */
  #freeSpace(bytes: number, scarce: boolean): boolean {
    for (;;) {
      while (!this.#fits(bytes, scarce) && this.size.collect());
      if (this.#fits(bytes, scarce)) return true;
      const lane = this.size.laneToPark(scarce);
      if (lane === undefined || !this.size.park(lane)) return false;
    }
  }

  #fits(bytes: number, scarce: boolean): boolean {
    return this.size.usedBytes() + bytes <= this.#limit(scarce);
  }

  #limit(scarce: boolean): number {
    const limit = this.maxBytes - writeAheadBytes(this.maxBytes);
    return scarce ? limit : limit * (1 - RESERVED_FOR_OTHERS);
  }

  /** Until lanes moved on, at most RETRY_MILLIS. Rejects with the signal's reason. */
  async #untilChange(signal: AbortSignal): Promise<void> {
    const retry = AbortSignal.timeout(RETRY_MILLIS);
    await untilAborted(this.#changed.wait(AbortSignal.any([signal, retry])), retry);
  }
}
