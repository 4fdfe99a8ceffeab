/** Lets through so many at once and so many a second after that. */
export class TokenBucket {
  #tokens: number;
  #filledAt: number | undefined;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.#tokens = burst;
  }

  /** Takes one; false when there is none. `nowMillis` may be of any clock that does not go back. */
  take(nowMillis: number): boolean {
    const passed = Math.max(0, nowMillis - (this.#filledAt ?? nowMillis));
    this.#filledAt = nowMillis;
    this.#tokens = Math.min(this.burst, this.#tokens + (passed / 1000) * this.perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
