import type { Problem } from "../../../contract";
import type { ForwarderArgs } from "../../arguments";
import { amountOf } from "../../kubernetes/quantity";
import { type ContainerResources, collectorResources, forwarderResources } from "../../kubernetes/resources";
import type { Read } from "../read";
import { knownOf, objectOf } from "./known";

/**
 * Memory below which the kernel ends the forwarder, bytes: 126 MiB were seen at the peak of a catch-up with one
 * destination (docs/benchmarks.md), and half as much again is kept for requests under way to a second.
 */
const LEAST_MEMORY = 192 << 20;

/** What is wrong with the amounts that containers ask for and may take at most, each with what is not declared. */
export function resourceProblems(args: ForwarderArgs, read: Read): Problem[] {
  return [
    ...overLimit(forwarderResources(args), "resources", args, read),
    ...overLimit(collectorResources(args), "collectorResources", args, read),
    ...memoryProblems(args, read),
  ];
}

function overLimit(
  effective: ContainerResources,
  path: "resources" | "collectorResources",
  args: ForwarderArgs,
  read: Read,
): Problem[] {
  const { requests, limits } = {
    requests: known(effective.requests, read),
    limits: known(effective.limits, read),
  };
  return Object.keys(requests).flatMap((name) => {
    const [request, limit] = [requests[name], limits[name]];
    if (request === undefined || limit === undefined || request <= limit) return [];
    const declared = objectOf(args[path]?.requests)[name] !== undefined;
    return [
      {
        path: `${path}.${declared ? "requests" : "limits"}.${name}`,
        message: declared
          ? "is more than the limit, which Kubernetes refuses: lower it, or raise the limit"
          : `is less than what is set aside (${String(effective.requests[name])}), which Kubernetes refuses: raise it, or lower requests.${name}`,
      },
    ];
  });
}

function memoryProblems(args: ForwarderArgs, read: Read): Problem[] {
  const { memory } = known(forwarderResources(args).limits, read);
  if (memory === undefined || memory >= LEAST_MEMORY) return [];
  return [
    {
      path: "resources.limits.memory",
      message:
        "is less than the forwarder needs to catch up, and the kernel would end it again and again: give at least 192Mi, and 256Mi with several destinations",
    },
  ];
}

/** The amounts that are known and are some. */
const known = (amounts: object, read: Read): { [name: string]: number | undefined } =>
  Object.fromEntries(
    Object.entries(objectOf(knownOf(amounts, read))).map(([name, amount]) => [
      name,
      typeof amount === "string" ? amountOf(amount) : undefined,
    ]),
  );
