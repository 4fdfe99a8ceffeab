import type { KubernetesObject } from "../cluster";
import { type Fields, isFields, type Value } from "./propertyValues";

/** A step into an object: a field's name or an array's index. */
export type Path = readonly (string | number)[];

export interface Difference {
  path: Path;
  kind: "ADD" | "UPDATE" | "DELETE";
  replaces: boolean;
}

/**
 * What changes between the pruned live object and the new inputs, field by field, and whether a change falls
 * on (or holds, or lies below) a field that replaces the object.
 */
export function differences(
  before: KubernetesObject,
  after: KubernetesObject,
  replacing: readonly string[],
): Difference[] {
  const found: Difference[] = [];
  const forcing = replacing.map((text) => text.split("."));
  const add = (path: Path, kind: Difference["kind"], value: Value | undefined) =>
    found.push({ path, kind, replaces: forcing.some((field) => touches(path, value, field)) });
  const compare = (path: Path, old: Value | undefined, now: Value | undefined): void => {
    // The API server drops nulls: a field that is null is not there.
    if (now === undefined || now === null) {
      if (old !== undefined && old !== null) add(path, "DELETE", undefined);
    } else if (old === undefined || old === null) {
      add(path, "ADD", now);
    } else if (isFields(old) && isFields(now)) {
      for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
        compare([...path, name], old[name], now[name]);
      }
    } else if (Array.isArray(old) && Array.isArray(now)) {
      for (let index = 0; index < Math.max(old.length, now.length); index++) {
        compare([...path, index], old[index], now[index]);
      }
    } else if (old !== now) {
      add(path, "UPDATE", now);
    }
  };
  compare([], before as unknown as Value, after as unknown as Value);
  return found;
}

/** Whether a changed path is the field, lies below it, or lies above it with the field in the new value. */
function touches(path: Path, value: Value | undefined, field: readonly string[]): boolean {
  const names = path.filter((step) => typeof step === "string");
  if (names.slice(0, field.length).some((name, index) => name !== field[index])) return false;
  let inner: Value | undefined = value;
  for (const name of field.slice(names.length)) {
    if (!isFields(inner)) return false;
    inner = (inner as Fields)[name];
  }
  return names.length >= field.length || inner !== undefined;
}

/** A path as the engine shows it: `data["checkpoint.json"]`, `spec.ports[0].port`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/[."[\]]/.test(step)) return `${text}["${step.replaceAll('"', '\\"')}"]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The reverse of `pathText`, as `ignoreChanges` writes paths. `*` stands for every field or element. */
export function parsePath(text: string): Path {
  const steps = text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\[(\*)\]|([^.[\]]+)/g);
  return [...steps].map(([, quoted, index, star, name]) => {
    if (index !== undefined) return Number(index);
    return quoted?.replaceAll('\\"', '"') ?? star ?? name ?? "";
  });
}

export function contains(outer: Path, inner: Path): boolean {
  return outer.length <= inner.length && outer.every((step, index) => step === "*" || step === inner[index]);
}
