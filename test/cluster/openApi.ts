import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

/** A schema, as far as it is looked into. */
interface Schema {
  type?: string;
  properties?: object;
  additionalProperties?: object | boolean;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

/**
 * A validator for each kind of the given API versions (`apps/v1 StatefulSet`), made of what an API server
 * publishes at /openapi/v3. Stricter than that in one thing: what an object does not list, it does not take.
 * @param get the API server's answer at a path
 */
export async function schemasOf(
  apiVersions: readonly string[],
  get: (path: string) => Promise<string>,
): Promise<Map<string, ValidateFunction>> {
  const served = JSON.parse(await get("/openapi/v3")) as { paths: Record<string, unknown> };
  const validators = new Map<string, ValidateFunction>();
  for (const apiVersion of apiVersions) {
    const path = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
    if (!(path in served.paths)) continue;
    const document = JSON.parse(await get(`/openapi/v3/${path}`)) as {
      components: { schemas: Record<string, Schema> };
    };
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addFormat("int-or-string", true);
    ajv.addSchema(closed(document) as object, apiVersion);
    for (const [name, schema] of Object.entries(document.components.schemas))
      for (const { group, version, kind } of schema["x-kubernetes-group-version-kind"] ?? [])
        if (apiVersion === (group ? `${group}/${version}` : version))
          validators.set(
            `${apiVersion} ${kind}`,
            ajv.compile({ $ref: `${apiVersion}#/components/schemas/${name}` }),
          );
  }
  return validators;
}

/** The same with no further properties where properties are listed. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const { type, properties, additionalProperties } = value as Schema;
  const inside = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isOpen = type === "object" && properties !== undefined && additionalProperties === undefined;
  return isOpen ? { ...inside, additionalProperties: false } : inside;
}
