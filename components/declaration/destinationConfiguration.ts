import type { ConfigurationInput } from "../../contract";
import { kindOf, kindsIn } from "../../contract";
import { destination as schema } from "../../contract/destinations";
import { propertyPath } from "../../contract/schema/problems";
import type { Destination } from "../arguments";
import { carry, credentialsIn, type DeclaredCredential } from "./carry";
import { type Read, readPlain } from "./read";

type DestinationInput = ConfigurationInput["destinations"][number];

/** File of one of a destination's credentials, by the credential's path in the destination. */
export function destinationFile({ name }: Destination, path: readonly PropertyKey[]): string {
  const [kind, ...within] = path;
  const parts = kind === "personalData" ? path : within;
  return ["destination", name, ...parts.map(String)].join("-");
}

/** A destination's part of the forwarder's configuration, by its place among them. */
export function destinationConfiguration(
  destination: Destination,
  place: number,
  read: Read,
): DestinationInput {
  const fileOf = (path: readonly PropertyKey[]) => destinationFile(destination, path);
  const carried = carry(schema, destination, { read, fileOf }) as DestinationInput;
  const [kind] = kindsIn(carried);
  const placed = kind && kindOf(kind).placed?.(place);
  return placed ? { ...carried, [kind]: { ...(carried[kind] as object), ...placed } } : carried;
}

/** The credentials of a destination that the forwarder, or the Collector, reads. */
export const destinationCredentials = (
  destination: Destination,
  owner: DeclaredCredential["owner"],
): DeclaredCredential[] =>
  credentialsIn(schema, destination, readPlain).filter((credential) => credential.owner === owner);

/** Where a destination's credential stands in the declaration. */
export const credentialPath = (index: number, path: readonly PropertyKey[]) =>
  propertyPath(["destinations", index, ...path]);
