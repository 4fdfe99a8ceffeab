import type { Problem } from "../../../contract";
import { ownContainers, ownPortNames, ownPorts, ownVolumes } from "../../kubernetes/ownNames";
import { listOf, objectOf, type Properties } from "./known";
import { restrictedProblems } from "./restrictedProblems";

/** What is wrong with the containers beside the forwarder's, each with its place. */
export function containersProblems(template: Properties): Problem[] {
  const containers = (["initContainers", "sidecars"] as const).flatMap((property) =>
    listOf(template[property]).flatMap((one, index) =>
      one === undefined ? [] : [{ path: `podTemplate.${property}[${index}]`, container: objectOf(one) }],
    ),
  );
  const names = containers.map(({ container }) => container.name);
  return containers.flatMap(({ path, container }, index) => [
    ...nameProblems(container, path, names.slice(0, index)),
    ...missing(container, "image", path),
    ...restrictedProblems(container.securityContext, `${path}.securityContext`),
    ...listOf(container.ports).flatMap((port, place) =>
      portProblems(objectOf(port), `${path}.ports[${place}]`),
    ),
    ...listOf(container.volumeMounts).flatMap((mount, place) =>
      ownVolumeProblems(objectOf(mount).name, `${path}.volumeMounts[${place}].name`),
    ),
  ]);
}

function nameProblems(container: Properties, path: string, before: readonly unknown[]): Problem[] {
  const { name } = container;
  if (ownContainers.includes(name as string))
    return [
      { path: `${path}.name`, message: `is the name of a container of the forwarder's own: give another` },
    ];
  if (name !== undefined && before.includes(name))
    return [{ path: `${path}.name`, message: "is already the name of another container: give another" }];
  return missing(container, "name", path);
}

/** A property that Kubernetes asks for; one whose value comes later is there. */
export const missing = (given: Properties, property: string, path: string): Problem[] =>
  property in given ? [] : [{ path: `${path}.${property}`, message: "is missing: give it" }];

function portProblems(port: Properties, path: string): Problem[] {
  const message = "is the forwarder's own in this pod: give another";
  return [
    ...(ownPorts.includes(port.containerPort as number) ? [{ path: `${path}.containerPort`, message }] : []),
    ...(ownPortNames.includes(port.name as string) ? [{ path: `${path}.name`, message }] : []),
    ...("hostPort" in port
      ? [
          {
            path: `${path}.hostPort`,
            message: "would break Pod Security `restricted`, which the pod keeps: take it out",
          },
        ]
      : []),
  ];
}

function ownVolumeProblems(name: unknown, path: string): Problem[] {
  if (!ownVolumes.includes(name as string)) return [];
  return [
    {
      path,
      message:
        "is a volume of the forwarder's own, with its journal or its credentials: no other container gets it",
    },
  ];
}
