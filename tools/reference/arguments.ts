/** docs/reference/arguments.md: every component, every type and every property that can be declared. */
import type * as z from "zod";
import { commonArguments, componentArguments } from "../../contract/declaration/components";
import { declaredCredential } from "../../contract/declaration/credential";
import { innerSchema, isOptional, metaOf, propertiesOf } from "../../contract/schema/described";
import { defaultOf, sentencesBesideDefault } from "../contract/sentences";
import { page, table } from "./page";
import { partsOf, type TypeWords, typeLink, typeOf } from "./types";

const words: TypeWords = { credential: typeLink("Credential"), nameless: () => "object" };

const introduction = `What the components take. A property is required, or one of several of which its type says how many are
given, or it has a default. *At preview* means that its value must be known then: it decides which resources there are
or what they are called. Every other value may come from another resource.`;

/** The text of the page. */
export function renderArgumentsPage(): string {
  const types = namedTypes();
  const components = Object.entries(componentArguments).map(([name, schema]) => [
    `\`${name}\``,
    typeLink(metaOf(schema).typeName!),
    metaOf(schema).typeDescription!,
  ]);
  return page("Arguments", "contract/", [
    introduction,
    table(["component", "arguments", "what they are"], components),
    ...[...types].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, schema]) => section(name, schema)),
  ]);
}

/** Every type that has a name, and is reached from the arguments of a component. */
export function namedTypes(): Map<string, z.ZodType> {
  const found = new Map<string, z.ZodType>();
  const visit = (schema: z.ZodType) => {
    for (const part of partsOf(metaOf(schema).credential ? declaredCredential : schema)) {
      const { typeName } = metaOf(part);
      if (typeName === undefined || found.has(typeName)) continue;
      found.set(typeName, part);
      for (const property of Object.values(propertiesOf(part) ?? {})) visit(property);
    }
  };
  for (const schema of [...Object.values(componentArguments), ...commonArguments, declaredCredential])
    visit(schema);
  return found;
}

function section(name: string, schema: z.ZodType): string {
  const { typeDescription = "", members } = metaOf(schema);
  const properties = Object.entries(propertiesOf(schema) ?? {});
  const content = members
    ? table(
        ["value", "what it means", "in TypeScript"],
        Object.entries(members).map(([member, [value, meaning]]) => [
          `\`${value}\``,
          meaning,
          `\`${name}.${member}\``,
        ]),
      )
    : table(
        ["property", "type", "default", "what it is"],
        properties.map(([property, described]) => [`\`${property}\``, ...columnsOf(described)]),
      );
  return [`## ${name}`, typeDescription, ...(members || properties.length > 0 ? [content] : [])].join("\n\n");
}

function columnsOf(schema: z.ZodType): string[] {
  const { plain, choice } = metaOf(schema);
  const initial = choice ? "one of several" : isOptional(schema) ? defaultOf(schema)! : "**required**";
  const atPreview = plain && !propertiesOf(innerSchema(schema)) ? ", at preview" : "";
  return [`${typeOf(schema, words)}${atPreview}`, initial, sentencesBesideDefault(schema)];
}
