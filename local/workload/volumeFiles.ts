/** The files of a volume, as a pure list; and how they get into a folder. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConfigMapObject, FilesSource, SecretObject, Volume } from "./manifests";

/** Path below the volume's folder → content. */
export type VolumeFiles = Map<string, Buffer>;

export interface VolumeSources {
  configMap(name: string): ConfigMapObject | undefined;
  secret(name: string): SecretObject | undefined;
  /** The token of the pod's service account. */
  token: string;
  fields: Readonly<Record<string, string>>;
}

/** A ConfigMap or Secret that a volume needs is not there, or lacks a key: the pod waits, as on a cluster. */
export class MissingSource extends Error {
  override readonly name = "MissingSource";
}

/** The files of a volume; undefined for a volume that is a plain folder (emptyDir, a claim). */
export function volumeFiles(volume: Volume, sources: VolumeSources): VolumeFiles | undefined {
  const { configMap, secret, projected } = volume;
  if (configMap) return fromConfigMap(configMap, sources);
  if (secret) return fromSecret(secret, sources);
  if (!projected) return undefined;
  const files: VolumeFiles = new Map();
  for (const source of projected.sources ?? []) {
    const part = source.configMap
      ? fromConfigMap(source.configMap, sources)
      : source.secret
        ? fromSecret({ ...source.secret, secretName: source.secret.name }, sources)
        : new Map<string, Buffer>();
    for (const [path, content] of part) files.set(path, content);
    if (source.serviceAccountToken) files.set(source.serviceAccountToken.path, Buffer.from(sources.token));
    for (const { path, fieldRef } of source.downwardAPI?.items ?? []) {
      files.set(path, Buffer.from(sources.fields[fieldRef?.fieldPath ?? ""] ?? ""));
    }
  }
  return files;
}

/** The decoded entries of a ConfigMap. */
export function configMapEntries({ data = {}, binaryData = {} }: ConfigMapObject): VolumeFiles {
  return new Map([
    ...Object.entries(data).map(([key, text]): [string, Buffer] => [key, Buffer.from(text)]),
    ...Object.entries(binaryData).map(([key, text]): [string, Buffer] => [key, Buffer.from(text, "base64")]),
  ]);
}

/** The decoded entries of a Secret. */
export function secretEntries({ data = {}, stringData = {} }: SecretObject): VolumeFiles {
  return new Map([
    ...Object.entries(data).map(([key, text]): [string, Buffer] => [key, Buffer.from(text, "base64")]),
    ...Object.entries(stringData).map(([key, text]): [string, Buffer] => [key, Buffer.from(text)]),
  ]);
}

function fromConfigMap(source: FilesSource, sources: VolumeSources): VolumeFiles {
  const object = sources.configMap(source.name ?? "");
  return choose(`ConfigMap ${source.name}`, source, object && configMapEntries(object));
}

function fromSecret(source: FilesSource, sources: VolumeSources): VolumeFiles {
  const object = sources.secret(source.secretName ?? "");
  return choose(`Secret ${source.secretName}`, source, object && secretEntries(object));
}

function choose(
  what: string,
  { items, optional }: FilesSource,
  entries: VolumeFiles | undefined,
): VolumeFiles {
  if (entries === undefined) {
    if (optional) return new Map();
    throw new MissingSource(`${what} is not there`);
  }
  if (items === undefined) return entries;
  return new Map(
    items.flatMap(({ key, path }): [string, Buffer][] => {
      const content = entries.get(key);
      if (content !== undefined) return [[path, content]];
      if (optional) return [];
      throw new MissingSource(`${what} has no key ${key}`);
    }),
  );
}

/**
 * Makes a folder hold exactly these files, each readable by this user alone. A file that is there already
 * with the same content is left untouched; a changed one appears whole or not at all.
 */
export function writeVolume(folder: string, files: VolumeFiles): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [path, content] of files) {
    const file = join(folder, path);
    if (readIfThere(file)?.equals(content)) continue;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const part = `${file}.part`;
    writeFileSync(part, content, { mode: 0o600 });
    chmodSync(part, 0o600);
    renameSync(part, file);
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (entry.isFile() && !files.has(path)) rmSync(join(folder, path));
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
