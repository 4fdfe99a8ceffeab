import * as pulumi from "@pulumi/pulumi";
import type { PodTemplate } from "../arguments";

/** What follows from a text: at once when it is plain, so that manifests of plain declarations are plain. */
export function lift<T>(input: pulumi.Input<string>, derive: (known: string) => T): pulumi.Input<T> {
  return typeof input === "string" ? derive(input) : (pulumi.output(input).apply(derive) as pulumi.Input<T>);
}

/** An object that Kubernetes defines. */
type Properties = NonNullable<PodTemplate["affinity"]>;

/** The same of an object; what is in it may still come later. */
export function liftObject(
  input: Properties,
  derive: (known: Properties) => Properties,
): pulumi.Input<Properties> {
  return pulumi.Output.isInstance(input) || input instanceof Promise
    ? pulumi.output(input).apply(derive)
    : derive(input);
}
