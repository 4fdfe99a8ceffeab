import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../contract";

/**
 * What a person has to mend in a declaration, every problem with its property path. It is printed without a
 * stack trace: as a RunError in a Node.js program, as invalid inputs where another language uses the component.
 */
export class DeclarationError extends pulumi.InputPropertiesError {
  override readonly name = "DeclarationError";
  /** What `pulumi.RunError.isInstance` looks for; no class can extend both errors. */
  readonly __pulumiRunError = true;

  constructor(component: string, found: readonly Problem[]) {
    // What one property's first problem causes elsewhere would only distract.
    const problems = found.filter(
      ({ path }, index) => found.findIndex((other) => other.path === path) === index,
    );
    super({
      message: [
        `${component} cannot be declared like this:`,
        ...problems.map(({ path, message }) => `  ${path} ${message}`),
      ].join("\n"),
      // Of a path that is given here the engine prints the value too, secrets in the clear.
      errors: [],
    });
  }

  /** Throws when there are problems. */
  static throwIfAny(component: string, problems: readonly Problem[]): void {
    if (problems.length > 0) throw new DeclarationError(component, problems);
  }
}
