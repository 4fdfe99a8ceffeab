import { isTime, type Problem } from "../../contract";
import type { EventsReaderArgs, Reader, ReaderKey } from "../arguments";
import { signInProblems } from "./deliveryProblems";
import { isLater, readPlain } from "./read";
import { credentialProblems } from "./structure";

/** Name of a generation of a key or secret. */
export const generation = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * What is wrong with a reader's declaration, as far as it is known. `prefix` is where the reader stands in the
 * user's declaration, for example `reader.`.
 */
export function readerProblems(args: EventsReaderArgs, prefix: string): Problem[] {
  const signIn = signInProblems(args, ["keys", "existingKey", "personalAccessToken"]);
  if (signIn.length > 0) return signIn;
  if (!args.keys) return existingProblems(args, prefix);
  return [
    ...(args.organizationId === undefined
      ? [
          {
            path: "organizationId",
            message: "is missing: name the organization that owns the service account",
          },
        ]
      : []),
    ...keysProblems(args.keys, `${prefix}keys`),
    ...(expiredKeys(args).length === args.keys.length && args.keys.length > 0
      ? [{ path: `${prefix}keys`, message: "have all expired: append a generation that is valid" }]
      : []),
  ];
}

/** Places of the keys that ZITADEL no longer accepts, as far as it is known. */
export function expiredKeys({ keys }: Reader, now = Date.now()): number[] {
  if (!Array.isArray(keys)) return [];
  return keys.flatMap(({ expires }, index) => {
    const known = readPlain<string | undefined>(expires, undefined);
    return typeof known === "string" && isTime(known) && Date.parse(known) <= now ? [index] : [];
  });
}

function existingProblems(args: Reader, prefix: string): Problem[] {
  return (["existingKey", "personalAccessToken"] as const).flatMap((property) => {
    const credential = args[property];
    return credential ? credentialProblems({ path: prefix + property, credential }) : [];
  });
}

function keysProblems(keys: readonly ReaderKey[], path: string): Problem[] {
  if (!Array.isArray(keys) || keys.length === 0)
    return [
      {
        path,
        message: 'must be a list of generations: [{ name: "2026-11", expires: "2027-11-01T00:00:00Z" }]',
      },
    ];
  return keys.flatMap((key, index) => [
    ...nameProblems(keys, index, path),
    ...expiryProblems(readPlain(key.expires, undefined), `${path}[${index}].expires`, isLater(key.expires)),
  ]);
}

function nameProblems(keys: readonly ReaderKey[], index: number, path: string): Problem[] {
  const name = keys[index]?.name;
  const first = keys.findIndex((key) => key.name === name);
  if (typeof name !== "string" || !generation.test(name))
    return [
      {
        path: `${path}[${index}].name`,
        message: "must be lower-case letters, digits and '-', known at preview",
      },
    ];
  if (first === index) return [];
  return [
    {
      path: `${path}[${index}].name`,
      message: `"${name}" is already the name of keys[${first}]: every generation needs a name of its own`,
    },
  ];
}

/** What is wrong with the expiry of a key; nothing while it is not known. */
export function expiryProblems(expires: string | undefined, path: string, later = false): Problem[] {
  if (later || (typeof expires === "string" && isTime(expires))) return [];
  return [
    { path, message: "is not a time: write it as RFC 3339 with a zone, for example 2027-11-01T00:00:00Z" },
  ];
}
