const simple: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** One character of a quoted string: an escape, or anything but quote, backslash and line feed. */
const character =
  /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))|[^"\\\n]+/y;

/**
 * Reads a string in Go's double quotes (https://go.dev/ref/spec#String_literals, as `strconv.Quote` writes it)
 * that begins at `at` with its quote. Undefined where there is none. `end` is the place after the closing quote.
 * Escaped bytes that are no UTF-8 become U+FFFD.
 */
export function readGoString(text: string, at: number): { value: string; end: number } | undefined {
  if (text[at] !== '"') return undefined;
  let value = "";
  let bytes: number[] = [];
  const endBytes = () => {
    if (bytes.length > 0) value += Buffer.from(bytes).toString("utf8");
    bytes = [];
  };
  for (let place = at + 1; ; ) {
    if (text[place] === '"') {
      endBytes();
      return { value, end: place + 1 };
    }
    character.lastIndex = place;
    const found = character.exec(text);
    if (!found) return undefined;
    place = character.lastIndex;
    const [plain, letter, byte, four, eight, octal] = found;
    const number = byte ?? octal;
    if (number !== undefined) {
      const code = Number.parseInt(number, byte === undefined ? 8 : 16);
      if (code > 0xff) return undefined;
      bytes.push(code);
      continue;
    }
    endBytes();
    const point = Number.parseInt(four ?? eight ?? "0", 16);
    if (point > 0x10ffff) return undefined;
    if (letter !== undefined) value += simple[letter];
    else if (four !== undefined || eight !== undefined) value += String.fromCodePoint(point);
    else value += plain;
  }
}
