import type { Problem } from "../../../contract";
import type { PodTemplate } from "../../arguments";
import { podNameVariable } from "../../kubernetes/container";

/** Variables with which the forwarder would no longer be what it promises, by patterns of their names. */
const refused: readonly [name: RegExp, reason: string][] = [
  [new RegExp(`^${podNameVariable}$`), "is the forwarder's own: by it a pod knows which replica it is"],
  [
    /^NODE_TLS_REJECT_UNAUTHORIZED$/,
    "would have the forwarder trust every certificate: give the connection's `ca`",
  ],
  [
    /^NODE_OPTIONS$/,
    "would change how the forwarder runs: its memory is set for it, and nothing is loaded into it",
  ],
  [/^NODE_DEBUG/, "would print requests with their credentials: use `logLevel`"],
  [/^NODE_(?:V8_COVERAGE|PATH|REDIRECT_WARNINGS|PENDING_)/, "would change how the forwarder runs"],
  [/^(?:LD_|MALLOC_|GLIBC_TUNABLES$)/, "would change how the forwarder runs"],
];

/** What is wrong with the variables of the forwarder's container. */
export function variableProblems({ environment = {} }: PodTemplate): Problem[] {
  return Object.entries(environment).flatMap(([name, { value, secret }]) => {
    const path = `podTemplate.environment.${name}`;
    const reason = refused.find(([pattern]) => pattern.test(name))?.[1];
    if (reason !== undefined) return [{ path, message: `cannot be set: it ${reason}` }];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      return [
        {
          path: "podTemplate.environment",
          message:
            "has a name that no variable can have: letters, digits and '_', not beginning with a digit",
        },
      ];
    if ((value === undefined) === (secret === undefined))
      return [{ path, message: "must be exactly one of { value } and { secret: { name, key } }" }];
    return [];
  });
}
