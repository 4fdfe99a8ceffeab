import { sleep } from "../concurrency/waiting";
import { isVolumeFailure } from "../journal/errors";
import type { LaneProgress } from "../journal/laneTable";

/** How long to wait before progress is written again to a volume that failed. Milliseconds. */
const VOLUME_RETRY_MILLIS = 1000;

/** Writes the progress of all lanes, what comes in one iteration of the event loop as one transaction. */
export class PositionCommits {
  #waiting: LaneProgress[] = [];
  #write?: Promise<void>;

  constructor(
    private readonly journal: { acknowledge(progress: readonly LaneProgress[], nowMicros: number): void },
    private readonly now: () => number,
  ) {}

  /** Resolves when the progress is on disk; goes on trying while the volume takes nothing. */
  async add(progress: LaneProgress, signal: AbortSignal): Promise<void> {
    for (;;) {
      this.#waiting.push(progress);
      this.#write ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#flush());
      try {
        return await this.#write;
      } catch (error) {
        if (!isVolumeFailure(error)) throw error;
        await sleep(VOLUME_RETRY_MILLIS, signal);
      }
    }
  }

  #flush(): void {
    const progress = this.#waiting;
    this.#waiting = [];
    this.#write = undefined;
    this.journal.acknowledge(progress, this.now() * 1000);
  }
}
