import { statfsSync } from "node:fs";
import { JournalRefusedError } from "./errors";

/** `f_type` of file systems on a network, from Linux's `magic.h` and the file systems' own sources. */
const networkFileSystems = new Map<number, string>([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x00c36400, "CephFS"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
]);

/** The name of the network file system with this `f_type`, or undefined where it is none. */
export function networkFileSystem(type: number): string | undefined {
  return networkFileSystems.get(type >>> 0);
}

/**
 * Refuses a folder on a network file system: locks and syncs there do not hold what SQLite's write-ahead log
 * needs (https://sqlite.org/wal.html).
 */
export function refuseNetworkFileSystem(folder: string): void {
  const name = networkFileSystem(statfsSync(folder).type);
  if (name === undefined) return;
  throw new JournalRefusedError(
    `the journal's folder is on ${name}, a network file system, where a crash can lose committed records: give it a volume of block storage (access mode ReadWriteOnce or ReadWriteOncePod), or set journal.storage to "ephemeral"`,
  );
}

/** Bytes that this process may still write to the folder's file system. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
