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

  /** How many there are. `nowMillis` may be of any clock; one that goes back gives nothing. */
  left(nowMillis: number): number {
    const passed = Math.max(0, nowMillis - (this.#filledAt ?? nowMillis));
    this.#filledAt = nowMillis;
    this.#tokens = Math.min(this.burst, this.#tokens + (passed / 1000) * this.perSecond);
    return this.#tokens;
  }

  /** Takes one, or so many; false, and none is taken, when there are fewer. */
  take(nowMillis: number, tokens = 1): boolean {
    if (this.left(nowMillis) < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }
}
