import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Property values as they travel between engine and plugin: JSON in which a secret is an object with a
 * signature and a value that is not known yet is one of a few texts (`sdk/go/common/resource/plugin/rpc.go` in
 * pulumi/pulumi).
 */
export type Value = string | number | boolean | null | Value[] | Fields;
export interface Fields {
  [name: string]: Value;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const UNKNOWN = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // text
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

export function fromMessage(message: Struct | undefined): Fields {
  return (message?.toJavaScript() ?? {}) as Fields;
}

export function toMessage(fields: Fields): Struct {
  return Struct.fromJavaScript(fields as Record<string, JavaScriptValue>);
}

export function isFields(value: Value | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): value is Fields {
  return isFields(value) && value[SIGNATURE] === SECRET;
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** The value without marks of secrets, however deep. */
export function reveal(value: Value): Value {
  if (Array.isArray(value)) return value.map(reveal);
  if (isSecret(value)) return reveal(value.value ?? null);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, reveal(inner)]));
}

export function isUnknown(value: Value | undefined): boolean {
  return typeof value === "string" && UNKNOWN.has(value);
}

export function hasUnknown(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isFields(value) ? Object.values(value).some(hasUnknown) : isUnknown(value);
}

export function hasSecret(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasSecret);
  return isSecret(value) || (isFields(value) && Object.values(value).some(hasSecret));
}

/**
 * Marks in `outputs` what is secret in `inputs`, field by field; an array with one secret is secret as a
 * whole. All data of an object of kind Secret is secret, whatever the inputs say.
 */
export function withSecretsOf(inputs: Fields, outputs: Fields): Fields {
  if (outputs.kind === "Secret") {
    const marked = ["data", "stringData"].filter((name) => outputs[name] !== undefined);
    return { ...outputs, ...Object.fromEntries(marked.map((name) => [name, secret(outputs[name]!)])) };
  }
  const marked = Object.entries(outputs).map(([name, output]): [string, Value] => {
    const input = inputs[name];
    if (input === undefined) return [name, output];
    if (isFields(output) && isFields(input) && !isSecret(output) && !isSecret(input)) {
      return [name, withSecretsOf(input, output)];
    }
    return [name, hasSecret(input) ? secret(output) : output];
  });
  return Object.fromEntries(marked);
}
