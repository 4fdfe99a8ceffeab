import * as pulumi from "@pulumi/pulumi";

/** What follows from a text: at once when it is plain, so that manifests of plain declarations are plain. */
export function lift<T>(input: pulumi.Input<string>, derive: (known: string) => T): pulumi.Input<T> {
  return typeof input === "string" ? derive(input) : (pulumi.output(input).apply(derive) as pulumi.Input<T>);
}
