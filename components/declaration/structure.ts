import { type ComponentName, componentArguments } from "../../contract/declaration/components";
import { credentialProperties } from "../../contract/declaration/credential";
import { nearest } from "../../contract/schema/pattern";
import { type Problem, problemsOf, propertyPath } from "../../contract/schema/problems";
import type { Credential, SecretKey } from "../arguments";
import { type Carrier, carry } from "./carry";
import { credentialTextRemedy } from "./lateText";
import { isLater, type Read, readPlain } from "./read";

/**
 * What is wrong with the structure of a component's arguments, as far as `read` knows them: properties that are not
 * known, at every depth, and values of another kind than they must be. The types of TypeScript say the same, but not to
 * a program in JavaScript, to what comes out of a stack's configuration, to YAML and to other languages.
 */
export function structureProblems(
  component: ComponentName,
  args: unknown,
  read: Read = readPlain,
): Problem[] {
  const schema = componentArguments[component];
  const problems: Problem[] = [];
  const carrier: Carrier = {
    read,
    fileOf: () => "file",
    problem: (found) => problems.push(found),
    credential: ({ path, credential }) =>
      problems.push(...credentialProblems({ path: propertyPath(path), credential })),
  };
  const carried = carry(schema, args ?? {}, carrier);
  return [...problems, ...(problemsOf(schema, carried).problems ?? [])];
}

/** What is wrong with a credential. */
export function credentialProblems({ path, credential }: { path: string; credential: unknown }): Problem[] {
  if (typeof credential !== "object" || credential === null)
    return [{ path, message: "must be { value } or { secret: { name, key } }, not the credential itself" }];
  const { value, secret, ...unknown } = credential as Credential;
  const names = Object.keys(unknown);
  if (names.length > 0)
    return [...names.map((name) => unknownInCredential(path, name)), ...secretNameProblems(path, secret)];
  if ((value === undefined) === (secret === undefined))
    return [{ path, message: "must be exactly one of { value } and { secret: { name, key } }" }];
  if (value !== undefined && typeof value !== "string" && !isLater(value))
    return [{ path: `${path}.value`, message: credentialTextRemedy }];
  if (value === "") return [{ path: `${path}.value`, message: "is empty: give the credential" }];
  return secret ? secretKeyProblems(path, secret) : [];
}

function unknownInCredential(path: string, name: string): Problem {
  const meant = nearest(name, Object.keys(credentialProperties));
  const message = meant
    ? `is not known: did you mean "${meant}"?`
    : "is not known: a credential is { value } or { secret: { name, key } }";
  return { path: `${path}.${name}`, message };
}

const secretKeyNames = ["name", "key"] as const;

/** What a reference to a Secret's key holds beside its own properties; `path` is the credential's. */
function secretNameProblems(path: string, secret: unknown): Problem[] {
  if (typeof secret !== "object" || secret === null) return [];
  return Object.keys(secret)
    .filter((name) => !secretKeyNames.some((known) => known === name))
    .map((name) => ({
      path: `${path}.secret.${name}`,
      message: `is not known: did you mean "${nearest(name, secretKeyNames) ?? "name or key"}"?`,
    }));
}

function secretKeyProblems(path: string, secret: SecretKey): Problem[] {
  return [
    ...secretNameProblems(path, secret),
    ...secretKeyNames
      .filter((name) => secret[name] === undefined || secret[name] === "")
      .map((name) => ({
        path: `${path}.secret.${name}`,
        message: `is missing: give the Secret's ${name}`,
      })),
  ];
}
