/** docs/reference/configuration.md and its JSON Schema: the file that the component writes and the forwarder reads. */
import * as z from "zod";
import { configurationSchema } from "../../contract/configuration";
import { innerSchema, isOptional, metaOf } from "../../contract/schema/described";
import { defaultOf, sentencesBesideDefault } from "../contract/sentences";
import { anchor, page, table } from "./page";
import { partsOf, typeOf } from "./types";

const introduction = `The file that the forwarder reads at its start. The component writes it into a ConfigMap; whoever runs the
forwarder without the component writes it by hand. It holds no secret: a credential is named by its file, relative to
the folder given as \`--secrets\`. [configuration.schema.json](configuration.schema.json) is its JSON Schema
(2020-12), for editors: it refuses what has the wrong form; what one property has to do with another the forwarder checks
itself.`;

/** The text of the page. */
export function renderConfigurationPage(): string {
  const sections: string[] = [];
  const done = new Set<string>();
  const visit = (schema: z.ZodObject, title: string, description: string) => {
    if (done.has(title)) return;
    done.add(title);
    const properties = Object.entries(schema.shape as Record<string, z.ZodType>);
    const rows = properties.map(([name, property]) => [`\`${name}\``, ...columnsOf(property, title, name)]);
    const content = rows.length === 0 ? [] : [table(["property", "type", "default", "what it is"], rows)];
    sections.push([`## ${title}`, ...[description].filter(Boolean), ...content].join("\n\n"));
    for (const [name, property] of properties)
      for (const part of partsOf(property)) {
        const { typeName, typeDescription, description } = metaOf(part);
        const inner = innerSchema(part);
        if (inner instanceof z.ZodObject)
          visit(
            inner,
            typeName ?? titleOf(title, name, inner, property),
            typeDescription ?? description ?? "",
          );
      }
  };
  visit(configurationSchema, ROOT, "");
  return page("Configuration of the forwarder", "contract/configuration.ts", [introduction, ...sections]);
}

const ROOT = "The file";

/** The title of a nameless object: its path, and what tells it from the others that may stand there. */
function titleOf(within: string, name: string, schema: z.ZodObject, property: z.ZodType): string {
  const path = within === ROOT ? name : `${within}.${name}`;
  const objects = partsOf(property).filter((part) => innerSchema(part) instanceof z.ZodObject);
  return objects.length > 1 ? `${path} with ${Object.keys(schema.shape)[0]}` : path;
}

function columnsOf(schema: z.ZodType, title: string, name: string): string[] {
  const { choice, internal } = metaOf(schema);
  const type = typeOf(schema, {
    credential: "file with a secret",
    enumerations: "arguments.md",
    nameless: (object) => {
      const where = titleOf(title, name, object, schema);
      return `[${where}](#${anchor(where)})`;
    },
  });
  const initial = choice ? "one of several" : isOptional(schema) ? defaultOf(schema)! : "**required**";
  const remark = internal ? " The component sets it." : "";
  return [type, initial, `${sentencesBesideDefault(schema)}${remark}`];
}

/** The JSON Schema: what the forwarder takes it takes too. */
export function configurationJsonSchema(): object {
  return z.toJSONSchema(configurationSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      for (const key of Object.keys(jsonSchema)) if (!kept.has(key)) delete jsonSchema[key];
      if (Math.abs(jsonSchema.minimum ?? 0) === Number.MAX_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
}

/** What a JSON Schema is made of here; whatever else a schema's metadata says is for the other pages. */
const kept = new Set([
  ...[
    "$schema",
    "$ref",
    "$defs",
    "type",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "allOf",
    "description",
    "default",
  ],
  ...["properties", "required", "additionalProperties", "propertyNames", "items", "minItems", "maxItems"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern"],
]);
