/** What is wrong, and what a person can do about it: in plain words, without a secret. */
export interface Fault {
  reason: string;
  remedy: string;
}

/** A fault, and which part has it: `events`, `journal`, or `destination "soc"`. */
export interface LocatedFault extends Fault {
  where: string;
}

/** A fault that is thrown; the message is its reason. */
export class FaultError extends Error implements Fault {
  override name = "FaultError";

  constructor(
    readonly reason: string,
    readonly remedy: string,
  ) {
    super(reason);
  }
}
