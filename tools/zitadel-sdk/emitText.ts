import type { PropertyFact, PropertyType, ResourceFact } from "./facts";

/** `declare`: a real field would be written after the base class has set the outputs, and undo it. */
export function outputFields(fact: ResourceFact): string {
  return fact.outputs
    .map(
      (output) =>
        doc(output.description, 2) +
        `  declare readonly ${output.name}: pulumi.Output<${typeText(output.type)}${output.required ? "" : " | undefined"}>;\n`,
    )
    .join("");
}

export function inputInterface(name: string, description: string, properties: PropertyFact[]): string {
  const members = properties.map(
    (property) =>
      doc(property.description, 2) +
      `  ${property.name}${property.required ? "" : "?"}: pulumi.Input<${typeText(property.type, "pulumi.Input")}>;\n`,
  );
  return `/** ${description} */
export interface ${name} {
${members.join("")}}
`;
}

export function typeText(type: PropertyType, wrapper?: string): string {
  if (typeof type === "object") {
    return wrapper ? `${wrapper}<${typeText(type.items)}>[]` : `${typeText(type.items)}[]`;
  }
  return type === "integer" ? "number" : type;
}

export function doc(description: string, indent: number): string {
  return description ? `${" ".repeat(indent)}/** ${description} */\n` : "";
}

/** A function's head, broken where the formatter breaks it: over 110 columns. */
export function signature(name: string, parameters: string[], result: string): string {
  const line = `export function ${name}(${parameters.join(", ")}): ${result}`;
  const broken = `export function ${name}(\n${parameters.map((parameter) => `  ${parameter},\n`).join("")}): ${result}`;
  return line.length + " {".length <= 110 ? line : broken;
}

/** A list of names on one line, or one a line where it would be longer than the formatter's 110 columns. */
export function list(names: string[], indent: number): string {
  const line = `[${names.map(quote).join(", ")}]`;
  const pad = " ".repeat(indent);
  return line.length < 90 ? line : `[\n${names.map((name) => `${pad}  ${quote(name)},\n`).join("")}${pad}]`;
}

export function fileOf(className: string): string {
  return className[0]!.toLowerCase() + className.slice(1);
}

export function quote(text: string): string {
  return JSON.stringify(text);
}
