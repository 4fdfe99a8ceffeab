/**
 * What pulumi-kubernetes 4.34 does that programs here rely on, and the plugin beside this file does too. Each
 * has a test of the same key in `test/plugins/kubernetes*.test.ts`, which runs against a real API server. A
 * behaviour that is not here must not be relied on.
 *
 * Sources are files below `provider/pkg` of https://github.com/pulumi/pulumi-kubernetes, read at commit
 * 94977969 (July 2026, after 4.32.0).
 *
 * Known differences, for which no program here may have a use:
 * - The real one compares quantities, durations and times by meaning; here `1024Mi` in the inputs and `1Gi` in
 *   the cluster are a change. Write quantities as Kubernetes does.
 * - The real one waits 10 seconds after the last change of a Service's endpoints before it takes them as
 *   settled; here they count at once.
 * - Not here: Pod, Job, DaemonSet and ReplicationController (neither waits nor replacement rules),
 *   `pulumi.com/waitFor`, `pulumi.com/replaceUnready`, the deletion of Patch resources, `upsertExistingObjects`, client-side
 *   apply, rendering to files, Helm, Kustomize, YAML functions, `List`.
 */
export interface Behaviour {
  does: string;
  source: string;
}

function behaviour(does: string, source: string): Behaviour {
  return { does, source };
}

export const behaviours = {
  autoname: behaviour(
    "an object without a name gets the resource's name, '-', 8 hex digits and the annotation pulumi.com/autonamed",
    "metadata/naming.go: AssignNameIfAutonamable",
  ),
  autonameKept: behaviour(
    "an automatic name is kept from update to update",
    "metadata/naming.go: AdoptOldAutonameIfUnnamed",
  ),
  noManagedByLabel: behaviour(
    "no label app.kubernetes.io/managed-by is added: server-side apply records the manager",
    "provider/provider.go: Check",
  ),
  defaultNamespace: behaviour(
    "an object of a namespaced kind without a namespace goes to the provider's, a cluster-wide one gets none",
    "provider/provider.go: Check, Configure",
  ),
  createIsNotUpsert: behaviour(
    "creating an object that exists fails and leaves it as it is",
    "await/await.go: Creation; CHANGELOG 4.29.0, #2926",
  ),
  patchUpserts: behaviour(
    "creating a Patch resource gives its fields to the object that is there, or creates it",
    "await/await.go: Creation (IsPatchResource)",
  ),
  patchFieldManager: behaviour(
    "with the annotation pulumi.com/patchFieldManager a Patch resource that is made again owns the fields that it had",
    "provider/provider.go: fieldManagerName",
  ),
  patchInPlace: behaviour(
    "of a Patch resource another name or namespace replaces, anything else updates",
    "provider/provider.go: Diff (IsPatchResource)",
  ),
  previewOfPatch: behaviour(
    "a preview of the creation of a Patch resource gives the inputs back",
    "provider/provider.go: Create (skipPreview)",
  ),
  previewChangesNothing: behaviour(
    "a preview is a dry run at the API server: defaults show, nothing changes",
    "await/await.go: Creation, ssaUpdate (DryRunAll)",
  ),
  previewUnknown: behaviour(
    "a preview of inputs that are not all known gives the inputs back",
    "provider/provider.go: Create, Update (hasComputedValue)",
  ),
  previewWithoutNamespace: behaviour(
    "a preview of an object whose namespace, or whose kind, is yet to be created gives the inputs back",
    "await/await.go: Creation (namespaceError); provider/provider.go: gvkExists",
  ),
  previewOfReplacement: behaviour(
    "a preview of the create half of a replacement with the same name gives the inputs back",
    "provider/provider.go: Create (IsAlreadyExists)",
  ),
  previewUnreachable: behaviour(
    "without a cluster a program can be previewed, but not applied",
    "provider/provider.go: Create (clusterUnreachable), gvkExists",
  ),
  outputsAreLive: behaviour(
    "the outputs are the live object, what the API server filled in and the status included",
    "provider/provider.go: checkpointObject",
  ),
  secretData: behaviour(
    "data and stringData of a Secret are secret in inputs and outputs, whatever the program marked",
    "provider/provider.go: annotateSecrets",
  ),
  secretPropagation: behaviour(
    "what was secret in the inputs is secret in the outputs; one secret in an array makes the array secret",
    "provider/provider.go: annotateSecrets",
  ),
  stringData: behaviour(
    "stringData is compared and stored as data",
    "clients/unstructured.go: normalizeSecret",
  ),
  noChange: behaviour(
    "the same inputs are no change, whatever the API server filled in",
    "provider/provider.go: Diff, pruneLiveState",
  ),
  applyRemoves: behaviour(
    "an update removes a field that the program gave and gives no longer",
    "await/await.go: ssaUpdate, fixCSAFieldManagers",
  ),
  othersFieldsStay: behaviour(
    "an update leaves fields alone that others set and the program does not give",
    "await/await.go: ssaUpdate",
  ),
  conflict: behaviour(
    "an update of a field that another manager has taken fails with the manager's name",
    "await/await.go: handleSSAErr",
  ),
  patchForce: behaviour(
    "with the annotation pulumi.com/patchForce the update takes the field over",
    "await/await.go: patchForce",
  ),
  configMapReplaced: behaviour(
    "changed data replaces a ConfigMap, immutable or not",
    "provider/diff.go: forceNewProperties (enableConfigMapMutable is false by default)",
  ),
  secretReplaced: behaviour(
    "changed data, stringData or type replaces a Secret, immutable or not",
    "provider/diff.go: forceNewProperties (enableSecretMutable is false by default)",
  ),
  configMapMutable: behaviour(
    "with enableConfigMapMutable changed data updates a ConfigMap in place, unless it is immutable",
    "provider/diff.go: forceNewProperties",
  ),
  metadataInPlace: behaviour(
    "changed labels and annotations of a ConfigMap update it in place",
    "provider/diff.go: forceNewProperties",
  ),
  identityReplaces: behaviour(
    "another name or namespace replaces, the new one being created first",
    "provider/diff.go: metadataForceNewProperties",
  ),
  deleteBeforeReplace: behaviour(
    "a replacement under the same given name deletes first; an autonamed object is created first",
    "provider/provider.go: Diff (deleteBeforeReplace)",
  ),
  statefulSetReplaced: behaviour(
    "of a StatefulSet selector, serviceName, volumeClaimTemplates, podManagementPolicy and revisionHistoryLimit replace, the rest updates",
    "provider/diff.go: statefulSet",
  ),
  claimReplaced: behaviour(
    "of a claim accessModes, selector, storageClassName and volumeName replace; its size updates",
    "provider/diff.go: PersistentVolumeClaim",
  ),
  otherKindsReplaced: behaviour(
    "a Service's clusterIP, a binding's roleRef and a Deployment's selector replace; a Role, NetworkPolicy and PodDisruptionBudget update",
    "provider/diff.go: forceNew",
  ),
  ignoreChanges: behaviour(
    "fields that ignoreChanges names are no change, and an update leaves them to whoever owns them",
    "provider/provider.go: Diff; await/await.go: handleSSAIgnoreFields",
  ),
  statefulSetAwaited: behaviour(
    "a StatefulSet is done when all replicas are ready at the newest revision",
    "await/statefulset.go: processStatefulSetEvent",
  ),
  deploymentAwaited: behaviour(
    "a Deployment is done when its newest ReplicaSet is available",
    "await/deployment.go",
  ),
  serviceAwaited: behaviour(
    "a Service is done when no selected Pod is unready; a headless one, or one without a selector, at once",
    "await/service.go: checkAndLogStatus, shouldWaitForPods",
  ),
  claimAwaited: behaviour(
    "a claim is done when it is bound, or pending where its class waits for the first consumer",
    "await/awaiters.go: untilCoreV1PersistentVolumeClaimReady",
  ),
  ingressAwaited: behaviour("an Ingress is done when it has an address", "await/ingress.go"),
  skipAwait: behaviour(
    "with the annotation pulumi.com/skipAwait nothing is waited for",
    "metadata/overrides.go: SkipAwaitLogic",
  ),
  timeouts: behaviour(
    "a wait ends after customTimeouts, else pulumi.com/timeoutSeconds, with the reason; the object stays in the state",
    "metadata/overrides.go: TimeoutDuration; provider/provider.go: partialError",
  ),
  refresh: behaviour(
    "refresh gives the live object, and as inputs its values of the fields that the program gave",
    "provider/provider.go: Read",
  ),
  refreshGone: behaviour(
    "refresh of an object that is gone takes it out of the state",
    "provider/provider.go: Read",
  ),
  refreshUnready: behaviour(
    "refresh of an object that is not ready keeps it and says what is wrong",
    "provider/provider.go: Read; await/await.go: Read",
  ),
  deleteWaits: behaviour(
    "delete waits until the object, and with foreground propagation what it owns, is gone",
    "await/await.go: Deletion; metadata/overrides.go: DeletionPropagation",
  ),
  deleteBackground: behaviour(
    "pulumi.com/deletionPropagationPolicy chooses background or orphan deletion",
    "metadata/overrides.go: DeletionPropagation",
  ),
  deleteGone: behaviour("deleting an object that is gone is no error", "await/await.go: Deletion"),
  customResource: behaviour(
    "custom resources are applied as any other; a kind that is not served fails the create after some tries",
    "await/await.go: Creation (IsNoMatchError)",
  ),
} satisfies Record<string, Behaviour>;
