import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../../contract";
import type { ForwarderArgs } from "../../arguments";
import { DeclarationError } from "../declarationError";
import { isLater, type Read, readPlain } from "../read";
import { structureProblems } from "../structure";
import { workloadProblems } from "./workloadProblems";

/** What the forwarder's configuration does not hold: it goes into manifests alone. */
const properties = [
  "annotations",
  "collectorImage",
  "collectorResources",
  "image",
  "imagePullPolicy",
  "imageRegistry",
  "labels",
  "monitoring",
  "networkPolicy",
  "nodeImage",
  "podTemplate",
  "resources",
  "serviceAccount",
] as const;

/**
 * The same declaration, in which each input that comes later is checked when it is known. The check stays with the
 * input: whoever waits for the one hears of the other, and nothing else waits for it.
 */
export function checkedWorkload<T extends ForwarderArgs>(component: string, args: T): T {
  const checked = (value: unknown): unknown => {
    if (isLater(value)) return checkedInput(component, args, value);
    if (Array.isArray(value)) return value.map(checked);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, checked(inner)]));
  };
  const given = properties.filter((name) => args[name] !== undefined);
  return { ...args, ...Object.fromEntries(given.map((name) => [name, checked(args[name])])) };
}

const checkedInput = (component: string, args: ForwarderArgs, input: unknown): pulumi.Output<unknown> =>
  (pulumi.output(input) as pulumi.Output<unknown>).apply((value) => {
    DeclarationError.throwIfAny(component, problemsWith(args, input, value));
    return value;
  });

/** What is wrong when an input that came later is known. */
export function problemsWith(args: ForwarderArgs, input: unknown, value: unknown): Problem[] {
  const read: Read = (other, placeholder) =>
    other === input ? (value as typeof placeholder) : readPlain(other, placeholder);
  const own = Object.fromEntries(properties.map((name) => [name, args[name]]));
  const isOwn = ({ path }: Problem) => properties.some((name) => path.startsWith(name));
  const structure = structureProblems("Forwarder", own, read).filter(isOwn);
  return structure.length > 0 ? structure : workloadProblems(args, read);
}
