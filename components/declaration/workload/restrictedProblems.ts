import type { Problem } from "../../../contract";
import { listOf, objectOf } from "./known";

const reason = "would break Pod Security `restricted`, which the pod keeps: take it out";

/**
 * What in a security context, of a pod or of a container, is less than Pod Security `restricted`. Source:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedProblems(context: unknown, path: string): Problem[] {
  const given = objectOf(context);
  const capabilities = objectOf(given.capabilities);
  const drop = listOf(capabilities.drop);
  const broken: [where: string, isBroken: boolean][] = [
    ["privileged", given.privileged === true],
    ["allowPrivilegeEscalation", given.allowPrivilegeEscalation === true],
    ["runAsNonRoot", given.runAsNonRoot === false],
    ["runAsUser", given.runAsUser === 0],
    ["procMount", given.procMount !== undefined && given.procMount !== "Default"],
    ["seccompProfile", objectOf(given.seccompProfile).type === "Unconfined"],
    ["appArmorProfile", objectOf(given.appArmorProfile).type === "Unconfined"],
    ["windowsOptions", objectOf(given.windowsOptions).hostProcess === true],
    [
      "capabilities.add",
      listOf(capabilities.add).some((one) => one !== undefined && one !== "NET_BIND_SERVICE"),
    ],
    [
      "capabilities.drop",
      capabilities.drop !== undefined && !drop.includes("ALL") && !drop.includes(undefined),
    ],
  ];
  return broken
    .filter(([, isBroken]) => isBroken)
    .map(([where]) => ({ path: `${path}.${where}`, message: reason }));
}
