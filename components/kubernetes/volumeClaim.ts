import type * as pulumi from "@pulumi/pulumi";
import { defaults } from "../../contract/declaration/defaults";
import { type JournalStorage, StorageKind } from "../arguments";
import { claimName, metadataOf, type Workload } from "./workload";

/** Whether journals lie on volumes that outlive their pods. */
export const keepsJournal = (storage: JournalStorage = {}): boolean => storage.kind !== StorageKind.Ephemeral;

/** Name of the claim template, the first part of the claim's name. */
export const journalVolume = "journal";

/**
 * The claim of a journal's volume, one for each ordinal: an object of its own under the name that the StatefulSet adopts, so that it
 * outlives a replaced StatefulSet, can grow, and is deleted or kept as declared.
 */
export const journalClaim = (workload: Workload, storage: JournalStorage, ordinal: number) => ({
  apiVersion: "v1" as const,
  kind: "PersistentVolumeClaim" as const,
  metadata: {
    ...metadataOf(workload, claimName(workload, ordinal)),
    // Where volumes are bound at the first pod, the claim stays pending until the StatefulSet is there.
    annotations: { ...workload.annotations, "pulumi.com/skipAwait": "true" },
  },
  spec: {
    accessModes: accessModes(storage),
    ...(storage.className === undefined ? {} : { storageClassName: storage.className }),
    resources: { requests: { storage: storage.size ?? defaults.storageSize } },
  },
});

/** Owns the fields of a further claim, also when its resource is made again. */
const fieldManager = "zitadel-siem";

/**
 * The claim of an ordinal after the first, as fields of an object that may be there already. Scaling in leaves it in
 * the cluster, for it may hold login records that exist nowhere else, and scaling out takes it again. It goes with the
 * first ordinal's claim, which owns it, when all of the forwarder goes:
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents
 */
export function furtherClaim(
  workload: Workload,
  storage: JournalStorage,
  ordinal: number,
  firstUid: pulumi.Input<string>,
) {
  const claim = journalClaim(workload, storage, ordinal);
  const { apiVersion, kind } = claim;
  const first = { apiVersion, kind, name: claimName(workload, 0), uid: firstUid };
  const annotations = { ...claim.metadata.annotations, "pulumi.com/patchFieldManager": fieldManager };
  return { ...claim, metadata: { ...claim.metadata, annotations, ownerReferences: [first] } };
}

/**
 * What the StatefulSet would make a claim from, were there none: the same. What it was made with stays in it when the
 * claim grows, because a StatefulSet's templates cannot change.
 */
export const journalClaimTemplate = (workload: Workload, storage: JournalStorage) => ({
  metadata: { name: journalVolume },
  spec: journalClaim(workload, storage, 0).spec,
});

const accessModes = ({ readWriteOncePod }: JournalStorage) => [
  readWriteOncePod ? "ReadWriteOncePod" : "ReadWriteOnce",
];
