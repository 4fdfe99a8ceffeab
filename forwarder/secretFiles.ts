import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A credential's file cannot be read; the message names it below the secrets folder. */
export class SecretFileError extends Error {
  override name = "SecretFileError";
}

/** Reads credentials below the secrets folder, again when they change: they rotate without a restart. */
export class SecretFiles {
  readonly #read = new Map<string, { version: string; text: string }>();

  constructor(private readonly folder: string) {}

  /** The text of a file without the white space around it. Throws SecretFileError. */
  read(path: string): string {
    const file = join(this.folder, path);
    try {
      // Kubernetes swaps the folder behind a symbolic link: inode and times follow the link.
      const { mtimeMs, ino, size } = statSync(file);
      const version = `${mtimeMs} ${ino} ${size}`;
      const known = this.#read.get(path);
      if (known?.version === version) return known.text;
      const text = readFileSync(file, "utf8").trim();
      if (text === "") throw new SecretFileError(`the secrets file ${path} is empty`);
      this.#read.set(path, { version, text });
      return text;
    } catch (error) {
      if (error instanceof SecretFileError) throw error;
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
      throw new SecretFileError(`the secrets file ${path} cannot be read (${code})`);
    }
  }
}
