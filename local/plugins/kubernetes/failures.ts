import { ClusterError, type ClusterErrorReason } from "../cluster";
import type { Fields } from "./propertyValues";

/** The cluster took the object, but it did not become ready: the engine keeps its state and the reason. */
export class InitializationError extends Error {
  override readonly name = "InitializationError";

  constructor(
    message: string,
    readonly id: string,
    readonly state: Fields,
    readonly inputs?: Fields,
  ) {
    super(message);
  }
}

export function isReason(error: unknown, ...reasons: ClusterErrorReason[]): boolean {
  return error instanceof ClusterError && reasons.includes(error.reason);
}

/** The error with what the engine was doing, and what a person can do about it. */
export function describe(error: unknown, what: string): Error {
  const { message } = error as Error;
  const advice = isReason(error, "AlreadyExists")
    ? "\nThe resource already exists in the cluster: give it an alias if it was renamed, or import it."
    : isReason(error, "UnknownKind")
      ? "\nVerify that the CRDs that it needs have been created."
      : "";
  return new Error(`${what}: ${message}${advice}`, { cause: error });
}
