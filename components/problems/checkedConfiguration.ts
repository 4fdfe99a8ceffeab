import * as pulumi from "@pulumi/pulumi";
import type { ConfigurationInput } from "../../contract";
import { type ConfigurationSource, forwarderConfiguration } from "../delivery/forwarderConfiguration";
import type { Read } from "../read";
import { DeclarationError } from "./declarationError";
import { deliveryProblems, isLater, readPlain } from "./declarationProblems";

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
    const read: Read = (input) => (known.has(input) ? known.get(input) : input) as never;
    DeclarationError.throwIfAny(component, deliveryProblems(args, workload, read));
    return forwarderConfiguration(args, read);
  });
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
