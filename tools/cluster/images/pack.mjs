// node pack.mjs ROOTFS NAME OUT.tar [CONFIG-JSON]
// Packs a folder into a one-layer OCI image tar that `ctr images import` takes.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const [root, name, out, config = "{}"] = process.argv.slice(2);
const dir = mkdtempSync(join(dirname(resolve(out)), ".oci-"));
const blobs = join(dir, "blobs/sha256");
mkdirSync(blobs, { recursive: true });
const put = (data, mediaType) => {
  const hex = createHash("sha256").update(data).digest("hex");
  writeFileSync(join(blobs, hex), data);
  return { mediaType, digest: `sha256:${hex}`, size: data.length };
};
const json = (value, mediaType) => put(Buffer.from(JSON.stringify(value)), mediaType);
try {
  const layerFile = join(dir, "layer.tar");
  execFileSync("tar", [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "-C",
    root,
    "-cf",
    layerFile,
    ".",
  ]);
  const layerData = readFileSync(layerFile);
  rmSync(layerFile);
  const layer = put(layerData, "application/vnd.oci.image.layer.v1.tar");
  const cfg = json(
    {
      architecture: "amd64",
      os: "linux",
      config: JSON.parse(config),
      rootfs: { type: "layers", diff_ids: [layer.digest] },
      history: [{ created: "1970-01-01T00:00:00Z", created_by: "pack.mjs" }],
    },
    "application/vnd.oci.image.config.v1+json",
  );
  const manifest = json(
    {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: cfg,
      layers: [layer],
    },
    "application/vnd.oci.image.manifest.v1+json",
  );
  writeFileSync(join(dir, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(dir, "index.json"),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        {
          ...manifest,
          annotations: {
            "io.containerd.image.name": name,
            "org.opencontainers.image.ref.name": name.split(":").pop(),
          },
        },
      ],
    }),
  );
  execFileSync("tar", ["-C", dir, "-cf", `${out}.tmp`, "oci-layout", "index.json", "blobs"]);
  renameSync(`${out}.tmp`, out);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
