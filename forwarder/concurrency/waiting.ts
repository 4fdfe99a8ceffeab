import { setTimeout as timeout } from "node:timers/promises";

/** Waits so many milliseconds. Rejects with the signal's reason. */
export async function sleep(millis: number, signal: AbortSignal): Promise<void> {
  await timeout(millis, undefined, { signal }).catch((error) => {
    signal.throwIfAborted();
    throw error;
  });
}

/** Waits so many milliseconds, or until the signal is aborted: for loops that look at the signal themselves. */
export function pause(millis: number, signal: AbortSignal): Promise<void> {
  return untilAborted(sleep(millis, signal), signal);
}

/** Waits for work; once the signal is aborted its failure is no error. */
export async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/**
 * Resolves when `subscribe`'s listener is called. Rejects with the signal's reason. In both cases the subscription is
 * undone.
 *
 * @param subscribe is not to call the listener at once; returns how to undo it
 */
export function untilCalled(
  subscribe: (listener: () => void) => () => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const end = () => {
      unsubscribe();
      signal.removeEventListener("abort", abort);
    };
    const abort = () => {
      end();
      reject(signal.reason);
    };
    const unsubscribe = subscribe(() => {
      end();
      resolve();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** A condition variable: whoever waits is woken by the next notification, and looks again. */
export class ConditionVariable {
  readonly #waiting = new Set<() => void>();

  notifyAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves with the next notification. Rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void> {
    return untilCalled((wake) => {
      this.#waiting.add(wake);
      return () => this.#waiting.delete(wake);
    }, signal);
  }
}
