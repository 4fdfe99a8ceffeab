const IDENTIFIER = /^(V\d_|at_)?\d{18}$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * Compares what a real server answered with what the stand-in answers: same keys, same JSON types, same values.
 * What may differ: identifiers, each always for the same one; times; tokens and keys, which recordings blank out.
 */
export class Correspondence {
  private readonly ours = new Map<string, string>();
  private readonly theirs = new Map<string, string>();

  /** Declares that two words mean the same. */
  pair(recorded: string, own: string): void {
    this.ours.set(recorded, own);
    this.theirs.set(own, recorded);
  }

  /** The recorded text with our identifiers in it. */
  translate(recorded: string): string {
    let text = recorded;
    for (const [theirs, ours] of this.ours) text = text.replaceAll(theirs, ours);
    return text;
  }

  /** The differences, as sentences with the path; none if both mean the same. */
  differences(recorded: unknown, own: unknown, path = "$"): string[] {
    if (Array.isArray(recorded) && Array.isArray(own)) {
      if (recorded.length !== own.length)
        return [`${path}: ${recorded.length} items recorded, ${own.length} here`];
      return recorded.flatMap((item, index) => this.differences(item, own[index], `${path}[${index}]`));
    }
    if (isObject(recorded) && isObject(own)) {
      const names = new Set([...Object.keys(recorded), ...Object.keys(own)]);
      return [...names].flatMap((name) => {
        if (!(name in recorded)) return [`${path}.${name}: not recorded, here ${JSON.stringify(own[name])}`];
        if (!(name in own)) return [`${path}.${name}: missing here`];
        if (name === "keyDetails")
          return this.differences(decoded(recorded[name]), decoded(own[name]), `${path}.${name}`);
        return this.differences(recorded[name], own[name], `${path}.${name}`);
      });
    }
    return this.same(recorded, own)
      ? []
      : [`${path}: recorded ${JSON.stringify(recorded)}, here ${JSON.stringify(own)}`];
  }

  private same(recorded: unknown, own: unknown): boolean {
    if (typeof recorded !== "string" || typeof own !== "string") return recorded === own;
    if (/^<.*>$/.test(recorded)) return own.length > 100;
    if (TIMESTAMP.test(recorded)) return TIMESTAMP.test(own);
    const known = this.ours.get(recorded);
    if (known !== undefined) return known === own;
    if (IDENTIFIER.test(recorded) && IDENTIFIER.test(own) && !this.theirs.has(own)) {
      this.pair(recorded, own);
      return true;
    }
    return recorded === own;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decoded(keyDetails: unknown): unknown {
  return JSON.parse(Buffer.from(keyDetails as string, "base64").toString());
}
