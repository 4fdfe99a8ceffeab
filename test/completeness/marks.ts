/**
 * Marks: texts that occur nowhere but where a test has put them, each with a number of its own.
 *
 * - `secret`: part of something that is a secret by its shape, or a credential. May be found nowhere.
 * - `kept`: harmless to look at, but in a field that the table does not let out. May be found nowhere.
 * - `open`: in a field that may leave. Must be found in records, and may be in the journal.
 * - `configured`: in the configuration, which is no secret. May be found in manifests.
 */
export const markWords = {
  secret: "PLANTED",
  kept: "KEPTBACK",
  open: "MAYLEAVE",
  configured: "INCONFIG",
} as const;
export type MarkClass = keyof typeof markWords;

const DIGITS = 6;
const anyMark = new RegExp(`(?:${Object.values(markWords).join("|")})\\d{${DIGITS}}`, "gi");

/** Makes marks and remembers what each was planted in. */
export class Marks {
  private readonly plantedIn: string[] = [];

  /** A new mark. `where` says for a person what it is planted in. */
  make(kind: MarkClass, where: string): string {
    this.plantedIn.push(where);
    return `${markWords[kind]}${String(this.plantedIn.length).padStart(DIGITS, "0")}`;
  }

  describe(mark: string): string {
    return `${mark}, ${this.plantedIn[Number(mark.slice(-DIGITS)) - 1] ?? "which nobody planted"}`;
  }
}

/** The marks in a text, of every class; upper and lower case are the same. */
export function marksIn(text: string): Set<string> {
  return new Set([...text.matchAll(anyMark)].map(([mark]) => mark.toUpperCase()));
}

export function classOf(mark: string): MarkClass {
  return (Object.keys(markWords) as MarkClass[]).find((kind) => mark.startsWith(markWords[kind]))!;
}

/** How the words of marks that may be found nowhere look in other writings: hexadecimal, base64, turned round. */
export const disguises: readonly string[] = [markWords.secret, markWords.kept].flatMap((word) => [
  Buffer.from(word).toString("hex"),
  ...[0, 1, 2].map((shift) => base64Core(word, shift)),
  [...word].reverse().join(""),
]);

/** What of a text's base64 does not depend on what stands around it, after so many other bytes. */
function base64Core(word: string, shift: number): string {
  const encoded = Buffer.from("x".repeat(shift) + word).toString("base64url");
  const bits = shift * 8;
  return encoded.slice(Math.ceil(bits / 6), Math.floor((bits + word.length * 8) / 6));
}
