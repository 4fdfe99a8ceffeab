import type { Say } from "../../tools/pulumi/ensurePulumi";

/** What connects a run with the person at the terminal. */
export interface Terminal {
  say: Say;
  /** Shows how things stand; may overwrite what it showed before. */
  progress(line: string): void;
  /** Asks a question that is answered with yes or no. */
  confirm(question: string): Promise<boolean>;
  /** Is aborted when the person wants the run to end. */
  stop: AbortSignal;
}
