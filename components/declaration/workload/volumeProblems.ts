import type { Problem } from "../../../contract";
import { ownFolders, ownVolumes } from "../../kubernetes/ownNames";
import { missing } from "./containerProblems";
import { listOf, objectOf, type Properties } from "./known";

/** What Pod Security `restricted` lets a volume be. */
const kinds = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** What is wrong with the volumes that a template adds, and with where the forwarder's container has them. */
export function volumesProblems(template: Properties): Problem[] {
  const volumes = listOf(template.volumes);
  const names = volumes.map((volume) => objectOf(volume).name);
  return [
    ...volumes.flatMap((volume, index) =>
      volume === undefined
        ? []
        : volumeProblems(objectOf(volume), `podTemplate.volumes[${index}]`, names.slice(0, index)),
    ),
    ...listOf(template.volumeMounts).flatMap((mount, index) =>
      mount === undefined ? [] : mountProblems(objectOf(mount), `podTemplate.volumeMounts[${index}]`, names),
    ),
  ];
}

function volumeProblems(volume: Properties, path: string, before: readonly unknown[]): Problem[] {
  const { name } = volume;
  const claim = objectOf(volume.persistentVolumeClaim).claimName;
  const kind = Object.keys(volume).find((property) => property !== "name" && !kinds.includes(property));
  return [
    ...missing(volume, "name", path),
    ...(ownVolumes.includes(name as string)
      ? [{ path: `${path}.name`, message: "is the name of a volume of the forwarder's own: give another" }]
      : []),
    ...(name !== undefined && before.includes(name)
      ? [{ path: `${path}.name`, message: "is already the name of another volume: give another" }]
      : []),
    ...(kind === undefined
      ? []
      : [
          {
            path: `${path}.${kind}`,
            message: `would break Pod Security \`restricted\`, which the pod keeps: give one of ${kinds.join(", ")}`,
          },
        ]),
    ...(typeof claim === "string" && /^journal-.*-\d+$/.test(claim)
      ? [
          {
            path: `${path}.persistentVolumeClaim.claimName`,
            message: "is a forwarder's journal, which has one writer: name another claim",
          },
        ]
      : []),
  ];
}

function mountProblems(mount: Properties, path: string, volumes: readonly unknown[]): Problem[] {
  const { name, mountPath } = mount;
  const unknownVolume = name !== undefined && !volumes.includes(undefined) && !volumes.includes(name);
  return [
    ...missing(mount, "name", path),
    ...missing(mount, "mountPath", path),
    ...(unknownVolume
      ? [{ path: `${path}.name`, message: "is no volume of podTemplate.volumes: declare it there" }]
      : []),
    ...(typeof mountPath === "string" ? folderProblems(mountPath, `${path}.mountPath`) : []),
  ];
}

function folderProblems(mountPath: string, path: string): Problem[] {
  if (!mountPath.startsWith("/"))
    return [{ path, message: "must be a path from the root: begin it with '/'" }];
  const folder = `${mountPath.replace(/\/+/g, "/").replace(/\/$/, "")}/`;
  const hidden = ownFolders.find((own) => folder.startsWith(`${own}/`) || `${own}/`.startsWith(folder));
  if (hidden === undefined && !folder.split("/").includes("..")) return [];
  return [
    {
      path,
      message: `lies in, or over, a folder of the forwarder's own (${ownFolders.join(", ")}): give another`,
    },
  ];
}
