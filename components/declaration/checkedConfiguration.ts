import * as pulumi from "@pulumi/pulumi";
import { type ConfigurationInput, filterWarnings } from "../../contract";
import { DeclarationError } from "./declarationError";
import { deliveryProblems } from "./deliveryProblems";
import { type ConfigurationSource, forwarderConfiguration } from "./forwarderConfiguration";
import type { Read } from "./read";
import { isLater, readPlain } from "./read";

/**
 * The forwarder's configuration, checked as soon as anything of it is known. What is plain is checked here and
 * throws. An input that comes later is checked by itself when it is known, at preview if it is known there, and
 * with all others in the end; until then it is silent.
 */
export function checkedConfiguration(
  component: string,
  args: ConfigurationSource,
  workload: string,
): pulumi.Output<ConfigurationInput> {
  DeclarationError.throwIfAny(component, deliveryProblems(args, workload));
  warn(component, args);
  const later = laterInputs(args);
  const checkedOneByOne = later.map((input) =>
    (pulumi.output(input) as pulumi.Output<unknown>).apply((value) => {
      const read: Read = (other, placeholder) =>
        other === input ? (value as typeof placeholder) : readPlain(other, placeholder);
      DeclarationError.throwIfAny(component, deliveryProblems(args, workload, read));
      return value;
    }),
  );
  return pulumi.all(checkedOneByOne).apply((values) => {
    const known = new Map(later.map((input, index) => [input, values[index]]));
    const read: Read = (input, placeholder) =>
      known.has(input) ? (known.get(input) as typeof placeholder) : readPlain(input, placeholder);
    DeclarationError.throwIfAny(component, deliveryProblems(args, workload, read));
    return forwarderConfiguration(args, read);
  });
}

/** Says what is odd about a declaration, and no error; of what comes later the forwarder says it in its log. */
function warn(component: string, args: ConfigurationSource): void {
  for (const { path, message } of filterWarnings(forwarderConfiguration(args, readPlain).destinations))
    void pulumi.log.warn(`${component}: ${path} ${message}`);
}

/** The inputs of the configuration that are not plain, each once. */
function laterInputs(args: ConfigurationSource): unknown[] {
  const later = new Set<unknown>();
  forwarderConfiguration(args, (input, placeholder) => {
    if (isLater(input)) later.add(input);
    return readPlain(input, placeholder);
  });
  return [...later];
}
