import { randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isCorruption, isHeldElsewhere, JournalRefusedError } from "./errors";
import { freeBytes, refuseNetworkFileSystem } from "./fileSystem";
import { Journal, type JournalEvents } from "./journal";
import { type Salvaged, salvage } from "./salvage";
import { schemaSteps } from "./schema";
import { writeAheadBytes } from "./space";
import { transaction } from "./transaction";

const FILE = "journal.db";
/** What a damaged file's name begins with once it is kept aside. */
const DAMAGED = `${FILE}.corrupt-`;
/** Pages of the journal that stay in memory, in KiB (SQLite's sign: negative is KiB, not pages). */
const CACHE_KIB = 4096;
/** The share of a volume that the journal takes at most: the file system needs space of its own. */
const VOLUME_SHARE = 0.9;
/** A journal with less space than this is of no use. */
const LEAST_BYTES = 1 << 20;

export interface OpenedJournal {
  journal: Journal;
  /** What the journal may take: the configured limit, or less where the volume is smaller. */
  maxBytes: number;
  /** Set when the file was damaged: what could be kept, and where the damaged file lies. */
  salvaged?: Salvaged & { keptAs: string };
}

/**
 * Opens the journal in a folder, for this process alone, and creates it where there is none. Throws
 * JournalRefusedError with the remedy when it cannot be used: in a folder that cannot be written to or has no
 * space, on a network file system, held by another process, of a newer schema.
 *
 * @param maxBytes the limit for database and write-ahead log together
 * @param suffix tells copies of the file apart, for example the time of the start
 */
export function openJournal(
  folder: string,
  maxBytes: number,
  suffix: string,
  events?: JournalEvents,
): OpenedJournal {
  makeFolder(folder);
  refuseNetworkFileSystem(folder);
  const file = join(folder, FILE);
  const size = existsSync(file) ? statSync(file).size : 0;
  const limit = Math.min(maxBytes, Math.floor((freeBytes(folder) + size) * VOLUME_SHARE));
  if (limit < LEAST_BYTES)
    throw new JournalRefusedError(
      `the journal's volume has space for ${limit} bytes of the journal, and it needs ${LEAST_BYTES} at least: free space on it or enlarge it`,
    );
  try {
    return { journal: new Journal(openDatabase(file, limit, suffix), limit, events), maxBytes: limit };
  } catch (error) {
    if (!isCorruption(error)) throw error;
    const keptAs = join(folder, DAMAGED + suffix);
    for (const ending of ["", "-wal"])
      if (existsSync(file + ending)) renameSync(file + ending, keptAs + ending);
    rmSync(`${file}-shm`, { force: true });
    const database = openDatabase(file, limit, suffix);
    const salvaged = { ...salvage(keptAs, database), keptAs };
    return { journal: new Journal(database, limit, events), maxBytes: limit, salvaged };
  }
}

/** Names of the damaged journals that are kept aside in a folder, until a person takes them away. */
export function damagedJournals(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(DAMAGED) && !/-(wal|shm)$/.test(name));
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new JournalRefusedError(
      `the journal's folder ${folder} cannot be written to (${(error as NodeJS.ErrnoException).code}): give --journal a folder on a volume that belongs to the forwarder's user`,
    );
  }
}

/** Opens the file exclusively, checked and of the current schema. */
function openDatabase(file: string, limit: number, suffix: string): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA journal_size_limit = ${writeAheadBytes(limit)};
    `);
    const pageSize = Number(database.prepare("PRAGMA page_size").get()?.page_size);
    database.exec(
      `PRAGMA wal_autocheckpoint = ${Math.max(16, Math.floor(writeAheadBytes(limit) / 2 / pageSize))}`,
    );
    refuseCorruption(database);
    bringUpToDate(database, file, suffix);
    return database;
  } catch (error) {
    database.close();
    if (!isHeldElsewhere(error)) throw error;
    throw new JournalRefusedError(
      "another process holds the journal: only one forwarder may use its folder, stop the other one",
    );
  }
}

/** Throws an error of SQLite's code for corruption when the file's structure is damaged. */
function refuseCorruption(database: DatabaseSync): void {
  const found = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw Object.assign(new Error(`The journal is damaged: ${found}`), { errcode: 11 });
}

/** Runs the schema steps that the file lacks, after copying it; refuses one of a newer schema. */
export function bringUpToDate(
  database: DatabaseSync,
  file: string,
  suffix: string,
  steps: readonly string[] = schemaSteps,
): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (version > steps.length)
    throw new JournalRefusedError(
      `the journal has schema ${version} and this version of the forwarder knows ${steps.length}: run the newer version again, or move the copy that it made before the change ("${FILE}.schema-…") back to ${FILE}`,
    );
  if (version === steps.length) return;
  if (version > 0) {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    copyFileSync(file, `${file}.schema-${version}-${suffix}`);
  }
  transaction(database, () => {
    for (const step of steps.slice(version)) database.exec(step);
    if (version === 0)
      database.prepare("INSERT INTO meta (key, value) VALUES ('journal', ?)").run(randomUUID());
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}
