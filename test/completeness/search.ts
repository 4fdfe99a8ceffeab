import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { classOf, disguises, type MarkClass, type Marks, marksIn } from "./marks";

/** A text that was found where it must not be. */
export interface Leak {
  kind: string;
  place: string;
  what: string;
}

interface Place {
  kind: string;
  name: string;
  text: string;
}

/** Collects everything in which a secret could turn up, by kind of place, and searches it. */
export class Search {
  private places: Place[] = [];

  /** @param text bytes are taken as Latin-1: every mark is ASCII */
  add(kind: string, name: string, text: string | Buffer): void {
    this.places.push({ kind, name, text: typeof text === "string" ? text : text.toString("latin1") });
  }

  /** Every file below a folder. */
  addFolder(kind: string, folder: string, leaveOut: (path: string) => boolean = () => false): void {
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      const path = join(folder, name);
      if (!leaveOut(path) && statSync(path).isFile()) this.add(kind, name, readFileSync(path));
    }
  }

  /** Every value in a SQLite file, or in one of its tables: in its bytes a text may be cut where a page ends. */
  addRows(kind: string, file: string, table?: string): void {
    this.add(kind, `rows of ${file}`, rowsOf(file, table));
  }

  /** Takes one kind of place out: where secrets may be. */
  forget(kind: string): void {
    this.places = this.places.filter((place) => place.kind !== kind);
  }

  /** Counts of places and bytes by kind. */
  counts(): Record<string, { places: number; bytes: number }> {
    const counts: Record<string, { places: number; bytes: number }> = {};
    for (const { kind, text } of this.places) {
      counts[kind] ??= { places: 0, bytes: 0 };
      counts[kind].places += 1;
      counts[kind].bytes += text.length;
    }
    return counts;
  }

  /** The marks of one class in one kind of place. */
  found(kind: string, wanted: MarkClass): Set<string> {
    const places = this.places.filter((place) => place.kind === kind);
    const all = places.flatMap(({ text }) => [...marksIn(text)]);
    return new Set(all.filter((mark) => classOf(mark) === wanted));
  }

  holds(kind: string, text: string): boolean {
    return this.places.some((place) => place.kind === kind && place.text.includes(text));
  }

  /**
   * What is where it must not be.
   *
   * @param allowed which classes of marks may be found in which kinds of places
   * @param credentials texts that may be found nowhere, by what they are; their parts may not either
   */
  leaks(
    marks: Marks,
    allowed: Record<string, readonly MarkClass[]>,
    credentials: ReadonlyMap<string, string>,
  ): Leak[] {
    const needles = [...credentials].flatMap(([what, text]) => partsOf(text).map((part) => ({ what, part })));
    const leaks = new Map<string, Leak>();
    const leak = (kind: string, place: string, what: string) =>
      leaks.set(`${kind} ${what}`, { kind, place, what });
    for (const { kind, name: place, text } of this.places) {
      for (const mark of marksIn(text))
        if (!allowed[kind]?.includes(classOf(mark))) leak(kind, place, marks.describe(mark));
      for (const disguise of disguises)
        if (text.includes(disguise)) leak(kind, place, `a mark, written as ${disguise}`);
      for (const { what, part } of needles) if (text.includes(part)) leak(kind, place, `${what}: ${part}`);
    }
    return [...leaks.values()];
  }
}

/** Beginning, middle and end of a credential: a message may hold a part of it only. */
function partsOf(text: string): string[] {
  const length = 24;
  if (text.length <= length) return [text];
  const middle = Math.floor((text.length - length) / 2);
  return [...new Set([text.slice(0, length), text.slice(middle, middle + length), text.slice(-length)])];
}

function rowsOf(file: string, table?: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return tables
      .filter(({ name }) => table === undefined || name === table)
      .flatMap(({ name }) => database.prepare(`SELECT * FROM "${name}"`).all())
      .map((row) =>
        Object.values(row)
          .map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))
          .join("\n"),
      )
      .join("\n");
  } finally {
    database.close();
  }
}
