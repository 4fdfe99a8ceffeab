import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "./durabilityTrace";
import type { Random } from "./random";

/** A disk writes so many bytes at once or not at all. */
const SECTOR = 512;

type Change = Extract<Operation, { kind: "write" | "truncate" }>;

interface File {
  /** What a loss of power leaves for certain. */
  durable: Buffer;
  /** What was done since then: any part of it may have reached the disk. */
  unsynced: Change[];
  /** How much of `unsynced` the syncs that are under way cover. */
  covered: number;
}

/**
 * A folder as a disk keeps it: what was synced is there, of what was not any part may be. Names count as synced
 * with their folder, or with the file itself when it is new, as journaling file systems do.
 */
export class Disk {
  private names = new Map<string, File>();
  private durableNames = new Map<string, File>();

  apply(operation: Operation): void {
    if (operation.kind === "sent") return;
    const { file: name } = operation;
    switch (operation.kind) {
      case "create":
        if (!this.names.has(name))
          this.names.set(name, { durable: Buffer.alloc(0), unsynced: [], covered: 0 });
        break;
      case "write":
      case "truncate":
        this.file(name).unsynced.push(operation);
        break;
      case "syncBegun":
        if (name !== "") this.file(name).covered = this.file(name).unsynced.length;
        break;
      case "synced":
        if (name === "") this.durableNames = new Map(this.names);
        else this.synced(name);
        break;
      case "unlink":
        this.names.delete(name);
        break;
      case "rename":
        this.names.set(operation.to, this.file(name));
        this.names.delete(name);
        break;
    }
  }

  /** Whether something was written to the file that a loss of power can take away. */
  isUnsynced(name: string): boolean {
    return this.names.get(name)?.unsynced.some(({ kind }) => kind === "write") ?? false;
  }

  /** Writes down what is left after a loss of power: what was synced, and with `random` any part of the rest. */
  leave(folder: string, random?: Random): void {
    mkdirSync(folder, { recursive: true });
    const names = random?.chance(0.5) ? this.names : this.durableNames;
    for (const [name, { durable, unsynced }] of names) {
      const reached = random ? unsynced.filter(() => random.chance(0.7)) : [];
      const content = changed(Buffer.from(durable), reached, random);
      writeFileSync(join(folder, name), content);
    }
  }

  private synced(name: string): void {
    const file = this.file(name);
    file.durable = changed(file.durable, file.unsynced.splice(0, file.covered));
    file.covered = 0;
    this.durableNames.set(name, file);
  }

  private file(name: string): File {
    const file = this.names.get(name);
    if (!file) throw new Error(`the trace does not show where ${name} comes from`);
    return file;
  }
}

/** The content after changes, of which `random` leaves out sectors; may change the buffer that is given. */
function changed(content: Buffer, changes: readonly Change[], random?: Random): Buffer {
  let after = content;
  for (const change of changes) {
    if (change.kind === "truncate") {
      after = resized(after, change.size);
      continue;
    }
    const { offset, data } = change;
    const end = offset + data.length;
    if (after.length < end) after = resized(after, end);
    for (let start = 0; start < data.length; start += SECTOR)
      if (!random || random.chance(0.5)) data.copy(after, offset + start, start, start + SECTOR);
  }
  return after;
}

function resized(content: Buffer, size: number): Buffer {
  const copy = Buffer.alloc(size);
  content.copy(copy, 0, 0, size);
  return copy;
}
