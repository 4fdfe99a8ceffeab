import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** The forwarder's program: one file of JavaScript. */
export interface Bundle {
  text: string;
  /** The first 10 hex digits of the text's SHA-256: part of names, so that another text is another object. */
  hash: string;
}

let cached: Bundle | undefined;

/** The bundle that comes with this package, beside the compiled components or in `dist` beside their sources. */
export function readBundle(): Bundle {
  cached ??= bundleOf(readFileSync(bundlePath(), "utf8"));
  return cached;
}

export function bundleOf(text: string): Bundle {
  return { text, hash: createHash("sha256").update(text).digest("hex").slice(0, 10) };
}

function bundlePath(): string {
  const path = [join(__dirname, "forwarder.cjs"), join(__dirname, "dist", "forwarder.cjs")].find(existsSync);
  if (path) return path;
  throw new pulumi.RunError(
    "The forwarder's bundle is not built: run `npm run build` at the root of the repository, or name a published image with `image`.",
  );
}
