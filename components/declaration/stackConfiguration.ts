import * as pulumi from "@pulumi/pulumi";
import { nearest } from "../../contract/schema/pattern";
import { DeclarationError } from "./declarationError";

/**
 * Refuses what a stack's configuration holds under a program's own name and the program does not know: a key with a
 * letter wrong would be passed over in silence, and with it what it was to set.
 *
 * @param known the keys that the program reads, without its name before them
 * @param config the program's configuration; by default that of the project
 */
export function refuseUnknownConfiguration(known: readonly string[], config = new pulumi.Config()): void {
  const prefix = `${config.name}:`;
  const given = Object.keys(pulumi.runtime.allConfig()).flatMap((key) =>
    key.startsWith(prefix) ? [key.slice(prefix.length)] : [],
  );
  const problems = given
    .filter((key) => !known.includes(key))
    .map((path) => {
      const meant = nearest(path, known, 2);
      const message =
        meant === undefined
          ? `is not known: take it out (pulumi config rm ${path}), or set one of ${known.join(", ")}`
          : `is not known: did you mean "${meant}"?`;
      return { path, message };
    });
  DeclarationError.throwIfAny(`The configuration of ${config.name}`, problems);
}
