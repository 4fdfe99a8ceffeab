import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { packageFolder } from "../packageFolder";

/** The forwarder's program: one file of JavaScript. */
export interface Bundle {
  text: string;
  /** The first 10 hex digits of the text's SHA-256: part of names, so that another text is another object. */
  hash: string;
}

let cached: Bundle | undefined;

/** The bundle that comes with this package. */
export function readBundle(): Bundle {
  cached ??= bundleOf(readFileSync(bundlePath(), "utf8"));
  return cached;
}

export function bundleOf(text: string): Bundle {
  return { text, hash: createHash("sha256").update(text).digest("hex").slice(0, 10) };
}

function bundlePath(): string {
  const path = join(packageFolder, "dist", "forwarder.cjs");
  if (existsSync(path)) return path;
  throw new pulumi.RunError(
    "The forwarder's bundle is not built: run `npm run build` at the root of the repository, or name a published image with `image`.",
  );
}
