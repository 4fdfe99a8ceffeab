import type { Fault } from "../fault";

/** What brings records into the journal. */
export interface Source {
  /** As faults, readiness and the status page call it. */
  readonly name: "events" | "instance" | "webhook" | "stdout" | "logins";
  /**
   * Works until the signal is aborted or there is nothing more to bring; what it took is in the journal when this
   * resolves. Rejects when going on would be wrong.
   */
  run(signal: AbortSignal): Promise<void>;
  /** What readiness and the status page show: plain JSON without secrets. */
  state(): SourceState;
  /** Whether it does what it is for. */
  ready(): boolean;
}

export interface SourceState {
  /** What keeps it from its work at present, and a person may have to mend. */
  fault?: Fault;
}
