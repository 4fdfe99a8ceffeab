/**
 * Numbers that a JavaScript number would change (more than 15 digits or a large exponent) are kept as their
 * text, by the JSON source text access of ECMAScript, which TypeScript's library does not know yet.
 */

interface RawNumber {
  readonly rawJSON: string;
}

const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/** A number in JSON text, outside or inside a string, that may not survive `JSON.parse`. */
const longNumber = /[:[,]\s*-?\d(?:[\d.]{15,}|[\d.]*[eE])/;

/**
 * JSON.parse that changes no number: one that would come out different is kept as a raw JSON value, which
 * `JSON.stringify` writes as it was. The reviver runs only where the text holds such digits, since it costs
 * several times the parse. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value,
  );
}

/** Whether a value is a number that `parseJson` kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}
