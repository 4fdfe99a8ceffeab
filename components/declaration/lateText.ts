import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { type Problem, problemsOf } from "../../contract/schema/problems";
import { DeclarationError } from "./declarationError";

/*
 * What is known only later may be of another kind than its type says: for a program in YAML, Pulumi makes a number of
 * what reads as one in a stack's configuration.
 */

/** What is wrong with a text that is none; nothing where it is left out. */
export const textProblems = (value: unknown, path: string): Problem[] =>
  (problemsOf(z.string().optional(), value).problems ?? []).map(({ message }) => ({ path, message }));

/** A text that may be known later, and is refused then if it is none. */
export function checkedText<T extends string | undefined>(
  component: string,
  path: string,
  text: pulumi.Input<T>,
): pulumi.Output<T> {
  return (pulumi.output(text) as pulumi.Output<T>).apply((known) => {
    DeclarationError.throwIfAny(component, textProblems(known, path));
    return known;
  });
}

/** Said of a credential that is no text: not what it is, for it is nearly the credential. */
export const credentialTextRemedy =
  "is no text but a number or the like, and may have lost characters: write it in quotes";

/**
 * A credential as it is; throws when it is no text.
 *
 * @param path where the credential was declared
 */
export function credentialText(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw new DeclarationError("Forwarder", [{ path: `${path}.value`, message: credentialTextRemedy }]);
}
