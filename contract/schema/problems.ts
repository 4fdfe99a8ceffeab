import type * as z from "zod";
import { itemOf, metaOf, propertiesOf } from "./described";
import { nearest } from "./pattern";
import { words } from "./wording";

/** One thing that is wrong: where (`destinations[1].http.url`), and what it is and what to do. */
export interface Problem {
  path: string;
  message: string;
}

/** What a value is by a schema, or what is wrong with it; never repeats a value that may be a secret. */
export function problemsOf<S extends z.ZodType>(
  schema: S,
  value: unknown,
): { data: z.output<S>; problems?: undefined } | { data?: undefined; problems: Problem[] } {
  const result = schema.safeParse(value, { error: words });
  if (result.success) return { data: result.data };
  return { problems: result.error.issues.flatMap((issue) => problemsOfIssue(schema, issue)) };
}

function problemsOfIssue(schema: z.ZodType, issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownProperty(schema, issue.path, key));
  if (issue.code === "invalid_key") {
    const path = isName(String(issue.path.at(-1))) ? issue.path : issue.path.slice(0, -1);
    return [{ path: propertyPath(path), message: `has a name that ${issue.issues[0]?.message}` }];
  }
  const at = schemaAt(schema, issue.path);
  const missing = issue.code === "invalid_type" && issue.message.startsWith("is missing");
  return [{ path: propertyPath(issue.path), message: (missing && at && missingRemedy(at)) || issue.message }];
}

/** What to give where something is missing, in the words that describe it. */
function missingRemedy(schema: z.ZodType): string | undefined {
  const { credential, description, remedy } = metaOf(schema);
  if (credential) return "is missing: give exactly one of { value } and { secret: { name, key } }";
  if (remedy) return `is missing: ${remedy}`;
  return description && `is missing: give it. ${description}`;
}

/**
 * What is said of a property that is not known, by the schema of the whole and the path of what it stands in. A name
 * that does not read like one is not repeated: it may be a secret in the wrong place.
 */
export function unknownProperty(schema: z.ZodType, path: readonly PropertyKey[], key: string): Problem {
  if (!isName(key))
    return {
      path: propertyPath(path),
      message: "has a property whose name is not shown here, and which is not known: take it out",
    };
  const at = schemaAt(schema, path);
  const known = Object.keys((at && propertiesOf(at)) ?? {});
  const reasons = (at && metaOf(at).refused) ?? {};
  if (Object.hasOwn(reasons, key))
    return { path: propertyPath([...path, key]), message: `cannot be set: ${reasons[key]}` };
  return { path: propertyPath([...path, key]), message: remedyFor(schema, key, known) };
}

function remedyFor(schema: z.ZodType, key: string, known: readonly string[]): string {
  const [elsewhere] = placesOf(schema, key, []);
  const meant = nearest(key, known, elsewhere === undefined ? undefined : 1);
  if (meant !== undefined) return `is not known: did you mean "${meant}"?`;
  if (elsewhere !== undefined)
    return `is not known here: it belongs to ${elsewhere === "" ? "the component itself" : elsewhere}`;
  if (known.length === 0) return "is not known: there is nothing to set here, take it out";
  return `is not known: take it out, or give one of ${known.join(", ")}`;
}

const isName = (key: string) => /^[A-Za-z_][A-Za-z0-9_-]{0,39}$/.test(key);

/** The schema of what stands at a path; undefined where nothing is known to. */
function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = schema;
  for (const part of path) at = at && (propertiesOf(at)?.[String(part)] ?? itemOf(at));
  return at;
}

/** Where in a schema a property of this name is known, as property paths with `[]` for each item of a list. */
function placesOf(schema: z.ZodType, name: string, path: readonly string[]): string[] {
  const item = itemOf(schema);
  if (item) return placesOf(item, name, [...path.slice(0, -1), `${path.at(-1) ?? ""}[]`]);
  const properties = propertiesOf(schema) ?? {};
  const here = Object.hasOwn(properties, name) ? [path.join(".")] : [];
  return [
    ...here,
    ...Object.entries(properties).flatMap(([property, inner]) => placesOf(inner, name, [...path, property])),
  ];
}

/** `["destinations", 1, "http", "url"]` as `destinations[1].http.url`. */
export function propertyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}
