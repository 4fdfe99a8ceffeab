import type { Outcome } from "../destination";
import { outcomeOfError } from "../overHttp/outcome";
import { type ConnectionError, connectionErrors } from "./connection";

const words: Record<string, string> = {
  [connectionErrors.slow]: "does not connect or takes nothing in time",
  [connectionErrors.ended]: "ended the connection",
  [connectionErrors.given]: "was given up",
};

/** What it means that a connection could not be made or broke. Only its code is repeated. */
export function outcomeOfConnection(error: ConnectionError): Outcome {
  if (error.code === connectionErrors.notEnded)
    return {
      kind: "fault",
      reason: "does not end a connection that was ended, so that nobody knows what it has read",
      remedy:
        "let what stands before the receiver pass the end of a connection on, or look why the receiver reads nothing; " +
        "one that reads slowly must have read a batch in timeoutSeconds",
    };
  const reason = words[error.code];
  return reason === undefined ? outcomeOfError(error) : { kind: "retry", reason };
}
