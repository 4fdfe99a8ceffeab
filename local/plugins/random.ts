/**
 * The provider plugin `random` for the local run and the tests: it does what `@pulumi/random` 4.21's plugin
 * does, as far as programs here rely on it. What is relied on (each line has a test in
 * `test/engine/random.test.ts`; a behaviour that is not listed must not be relied on):
 *
 * | behaviour | source |
 * |---|---|
 * | RandomPassword: `result` is a secret, the id is `none` | terraform-provider-random resource_password.go: Sensitive, Create |
 * | RandomString: `result` is plain and is the id too | resource_string.go: Create |
 * | RandomBytes: `base64` and `hex` are secrets, but **the id is the base64 in the clear** | pulumi-random resources.go: computeRandomBytesID |
 * | RandomId: `b64Url`, `b64Std`, `hex`, `dec`, each after `prefix`; the id is `b64Url` without it | resource_id.go |
 * | RandomUuid: `result` is a version 4 UUID and the id | resource_uuid.go |
 * | every change of an argument, and of a keeper that is not null, replaces | `RequiresReplace`, `RequiresReplaceIfValuesNotNull` in each schema |
 * | nothing is drawn in a preview, refresh keeps what was drawn | Read does nothing |
 * | `length` below 1 is refused | `int64validator.AtLeast(1)` |
 *
 * Left out: `bcryptHash`.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { main, type Provider } from "@pulumi/pulumi/provider";

type Properties = Record<string, unknown>;

interface Kind {
  /** What an argument is when it is left out. */
  defaults: Properties;
  /** What is drawn. */
  outputs: readonly string[];
  secret: boolean;
  /** The arguments of which the plugin refuses a value below 1. */
  atLeastOne: readonly string[];
  draw(inputs: Properties): { id: string; drawn: Properties };
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

const textDefaults = {
  lower: true,
  upper: true,
  numeric: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
};

const kinds: Record<string, Kind> = {
  RandomPassword: {
    defaults: textDefaults,
    outputs: ["result"],
    secret: true,
    atLeastOne: ["length"],
    draw: (inputs) => ({ id: "none", drawn: { result: drawText(inputs) } }),
  },
  RandomString: {
    defaults: textDefaults,
    outputs: ["result"],
    secret: false,
    atLeastOne: ["length"],
    draw(inputs) {
      const result = drawText(inputs);
      return { id: result, drawn: { result } };
    },
  },
  RandomBytes: {
    defaults: {},
    outputs: ["base64", "hex"],
    secret: true,
    atLeastOne: ["length"],
    draw({ length }) {
      const bytes = randomBytes(Number(length));
      const base64 = bytes.toString("base64");
      return { id: base64, drawn: { base64, hex: bytes.toString("hex") } };
    },
  },
  RandomId: {
    defaults: {},
    outputs: ["b64Url", "b64Std", "hex", "dec"],
    secret: false,
    atLeastOne: ["byteLength"],
    draw({ byteLength, prefix = "" }) {
      const bytes = randomBytes(Number(byteLength));
      const id = bytes.toString("base64url");
      const hex = bytes.toString("hex");
      const forms = { b64Url: id, b64Std: bytes.toString("base64"), hex, dec: BigInt(`0x${hex}`).toString() };
      const drawn = Object.entries(forms).map(([name, text]) => [name, `${prefix}${text}`]);
      return { id, drawn: Object.fromEntries(drawn) };
    },
  },
  RandomUuid: {
    defaults: {},
    outputs: ["result"],
    secret: false,
    atLeastOne: [],
    draw() {
      const result = randomUUID();
      return { id: result, drawn: { result } };
    },
  },
};

const SECRET_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";

const provider: Provider = {
  version: "4.21.2",

  async check(urn, _olds, news: Properties) {
    const failures = kindOf(urn)
      .atLeastOne.filter((property) => typeof news[property] === "number" && news[property] < 1)
      .map((property) => ({ property, reason: `must be at least 1, is ${news[property]}` }));
    return { inputs: news, failures };
  },

  async diff(_id, urn, olds: Properties, news: Properties) {
    const { defaults, outputs } = kindOf(urn);
    const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
    const replaces = [...names].filter(
      (name) =>
        !outputs.includes(name) && !isSame(name, olds[name] ?? defaults[name], news[name] ?? defaults[name]),
    );
    return { changes: replaces.length > 0, replaces };
  },

  async create(urn, inputs: Properties) {
    const { defaults, secret, draw } = kindOf(urn);
    const { id, drawn } = draw({ ...defaults, ...inputs });
    const marked = Object.entries(drawn).map(([name, value]) => [
      name,
      secret ? { [SECRET_KEY]: SECRET_MARK, value } : value,
    ]);
    return { id, outs: { ...defaults, ...inputs, ...Object.fromEntries(marked) } };
  },
};

/** The kind in a URN `urn:pulumi:stack::project::parent$random:index/randomId:RandomId::name`. */
function kindOf(urn: string): Kind {
  const type = urn.split("::")[2]?.split("$").at(-1)?.split(":")[2] ?? "";
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`the local random plugin has no resource ${type}`);
  return kind;
}

function isSame(name: string, before: unknown, after: unknown): boolean {
  if (name !== "keepers") return JSON.stringify(plain(before)) === JSON.stringify(plain(after));
  return JSON.stringify(keptBy(before)) === JSON.stringify(keptBy(after));
}

function keptBy(keepers: unknown): [string, unknown][] {
  return Object.entries((plain(keepers) ?? {}) as Properties)
    .map(([name, value]): [string, unknown] => [name, plain(value)])
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A value without its mark as a secret. */
function plain(value: unknown): unknown {
  const isSecret = typeof value === "object" && value !== null && SECRET_KEY in value;
  return isSecret ? (value as Properties).value : value;
}

function drawText(inputs: Properties): string {
  const sets = [
    { on: inputs.lower, least: inputs.minLower, letters: LOWER },
    { on: inputs.upper, least: inputs.minUpper, letters: LOWER.toUpperCase() },
    { on: inputs.numeric, least: inputs.minNumeric, letters: DIGITS },
    { on: inputs.special, least: inputs.minSpecial, letters: (inputs.overrideSpecial as string) || SPECIAL },
  ].filter(({ on }) => plain(on));
  const all = sets.map(({ letters }) => letters).join("");
  const drawn = sets.flatMap(({ letters, least }) => drawFrom(letters, Number(plain(least) ?? 0)));
  const text = [...drawn, ...drawFrom(all, Number(plain(inputs.length)) - drawn.length)];
  for (let last = text.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [text[last], text[other]] = [text[other]!, text[last]!];
  }
  return text.join("");
}

function drawFrom(letters: string, count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => letters[randomInt(letters.length)]!);
}

void main(provider, process.argv.slice(2));
