import { ZitadelError } from "./errors";

/** A JSON value with the place where it stands: what protojson's messages name. */
export interface Located {
  value: null | boolean | string | Raw | Located[] | Map<string, Located>;
  /** Of its first character, from 1. */
  line: number;
  column: number;
}

/** A number as it was written. */
export class Raw {
  constructor(readonly text: string) {}
}

/** Go's protobuf sets a no-break space here in some builds, so that nobody relies on the text; the recorded one did. */
const PROTO = "proto:\u00a0";

/** The refusal that grpc-gateway gives before a call reaches ZITADEL: code 3, no details. */
function refuse(message: string): ZitadelError {
  return new ZitadelError({ code: 3, message, gateway: true });
}

function refuseAt(at: Located, message: string): ZitadelError {
  return refuse(`${PROTO}(line ${at.line}:${at.column}): ${message}`);
}

/** Reads a body as protojson does: an object, or nothing at all, which counts as an empty one. */
export function parseMessage(body: string): Message {
  if (body.trim() === "") return new Message(new Map());
  const located = new Reader(body).document();
  if (located.value instanceof Map) return new Message(located.value);
  const token = Array.isArray(located.value) ? "[" : body.trim().split(/\s/, 1)[0];
  throw refuse(`${PROTO}syntax error (line ${located.line}:${located.column}): unexpected token ${token}`);
}

/** A message whose fields are taken by name, in camelCase or snake_case; unknown fields are ignored. */
export class Message {
  constructor(private readonly fields: Map<string, Located>) {}

  field(name: string): Located | undefined {
    const found = this.fields.get(name) ?? this.fields.get(snakeCase(name));
    return found === undefined || found.value === null ? undefined : found;
  }

  /** The fields of a oneof; two of them are refused at the second. */
  oneOf(message: string, oneof: string, names: string[]): [name: string, field: Located] | undefined {
    let found: [string, Located] | undefined;
    for (const [key, field] of this.fields) {
      const name = names.find((one) => one === key || snakeCase(one) === key);
      if (name === undefined || field.value === null) continue;
      if (found) {
        const at = { ...field, column: field.column - key.length - 3 };
        throw refuseAt(at, `error parsing "${key}", oneof ${message}.${oneof} is already set`);
      }
      found = [name, field];
    }
    return found;
  }

  message(name: string): Message | undefined {
    const field = this.field(name);
    return field && messageOf(field);
  }

  messages(name: string): Message[] {
    return this.list(name).map(messageOf);
  }

  string(name: string): string | undefined {
    const field = this.field(name);
    return field && stringOf(name, field);
  }

  strings(name: string): string[] {
    return this.list(name).map((item) => stringOf(name, item));
  }

  boolean(name: string): boolean | undefined {
    const field = this.field(name);
    if (!field) return undefined;
    if (typeof field.value === "boolean") return field.value;
    throw refuseAt(field, `invalid value for bool field ${name}: ${written(field)}`);
  }

  /** An unsigned integer, written as a number or as a string. */
  unsigned(name: string, kind: "uint32" | "uint64"): number | undefined {
    const field = this.field(name);
    if (!field) return undefined;
    const text = field.value instanceof Raw ? field.value.text : field.value;
    const value = typeof text === "string" && text.trim() !== "" ? Number(text) : Number.NaN;
    if (Number.isInteger(value) && value >= 0 && value < (kind === "uint32" ? 2 ** 32 : 2 ** 64))
      return value;
    throw refuseAt(field, `invalid value for ${kind} field ${name}: ${written(field)}`);
  }

  private list(name: string): Located[] {
    const field = this.field(name);
    if (!field) return [];
    if (Array.isArray(field.value)) return field.value;
    throw refuse(
      `${PROTO}syntax error (line ${field.line}:${field.column}): unexpected token ${written(field)}`,
    );
  }
}

/** A timestamp's text, or protojson's refusal. */
export function timestampOf<Time>(field: Located, parse: (text: string) => Time | undefined): Time {
  const time = typeof field.value === "string" ? parse(field.value) : undefined;
  if (time !== undefined) return time;
  throw refuseAt(field, `invalid google.protobuf.Timestamp value ${written(field)}`);
}

function messageOf(field: Located): Message {
  if (field.value instanceof Map) return new Message(field.value);
  throw refuse(
    `${PROTO}syntax error (line ${field.line}:${field.column}): unexpected token ${written(field)}`,
  );
}

function stringOf(name: string, field: Located): string {
  if (typeof field.value === "string") return field.value;
  throw refuseAt(field, `invalid value for string field ${name}: ${written(field)}`);
}

function written(field: Located): string {
  if (field.value instanceof Raw) return field.value.text;
  if (Array.isArray(field.value)) return "[";
  return field.value instanceof Map ? "{" : JSON.stringify(field.value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const TOKEN = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

/** A JSON reader that keeps places; its messages are those of Go's encoding/json, which reads the body first. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): Located {
    return this.value();
  }

  private value(): Located {
    const { token, start } = this.next();
    const place = { line: this.text.slice(0, start).split("\n").length, column: this.columnOf(start) };
    if (token === "{") return { value: this.object(), ...place };
    if (token === "[") return { value: this.array(), ...place };
    if (token.startsWith('"')) return { value: this.string(token), ...place };
    if (token === "true" || token === "false") return { value: token === "true", ...place };
    if (token === "null") return { value: null, ...place };
    if (/^[-\d]/.test(token)) return { value: new Raw(token), ...place };
    throw refuse(`invalid character '${token}' looking for beginning of value`);
  }

  private object(): Map<string, Located> {
    const fields = new Map<string, Located>();
    if (this.accept("}")) return fields;
    do {
      const { token } = this.next();
      if (!token.startsWith('"')) {
        throw refuse(`invalid character '${token[0]}' looking for beginning of object key string`);
      }
      this.expect(":", "after object key");
      fields.set(this.string(token), this.value());
    } while (this.accept(","));
    this.expect("}", "after object key:value pair");
    return fields;
  }

  private array(): Located[] {
    const items: Located[] = [];
    if (this.accept("]")) return items;
    do items.push(this.value());
    while (this.accept(","));
    this.expect("]", "after array element");
    return items;
  }

  private string(token: string): string {
    try {
      return JSON.parse(token);
    } catch {
      throw refuse("invalid character in string literal");
    }
  }

  private next(): { token: string; start: number } {
    TOKEN.lastIndex = this.at;
    const match = TOKEN.exec(this.text);
    if (!match) {
      const rest = this.text.slice(this.at).trimStart();
      const unfinished = rest === "" || rest.startsWith('"');
      throw refuse(
        unfinished ? "unexpected EOF" : `invalid character '${rest[0]}' looking for beginning of value`,
      );
    }
    this.at = TOKEN.lastIndex;
    const token = match[0].trimStart();
    return { token, start: this.at - token.length };
  }

  private accept(token: string): boolean {
    const before = this.at;
    if (this.text.slice(this.at).trim() !== "" && this.next().token === token) return true;
    this.at = before;
    return false;
  }

  private expect(token: string, where: string): void {
    const found = this.next().token;
    if (found !== token) throw refuse(`invalid character '${found[0]}' ${where}`);
  }

  private columnOf(start: number): number {
    return start - this.text.lastIndexOf("\n", start - 1);
  }
}
