/** The journal cannot be used as it is; the message says why and what to do. */
export class JournalRefusedError extends Error {
  override name = "JournalRefusedError";
}

/** SQLite's primary result codes, https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

/** Another process holds the journal. */
export function isHeldElsewhere(error: unknown): boolean {
  return resultCode(error) === SQLITE_BUSY;
}

/** The file is not what SQLite wrote. */
export function isCorruption(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** The volume takes nothing more at the moment, or fails to: the transaction did not happen. */
export function isVolumeFailure(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_FULL || code === SQLITE_IOERR;
}
