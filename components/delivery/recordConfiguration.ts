import type { ConfigurationInput } from "../../contract";
import type { Destination } from "../arguments/destinations";
import type { RecordSelection } from "../arguments/filter";
import type { PersonalData } from "../arguments/personalData";
import { destinationFile } from "../credentials/destinationCredentials";
import { optional, type Read } from "../read";

type DestinationInput = ConfigurationInput["destinations"][number];

/** What becomes of records for a destination of any kind, in the forwarder's configuration. */
export function recordConfiguration(
  { name, format, ocsfVersion, filter, personalData, otlp, collector }: Destination,
  read: Read,
): Pick<DestinationInput, "format" | "ocsfVersion" | "filter" | "personalData"> {
  return {
    format: optional(format, read, otlp || collector ? "otel" : "ocsf"),
    ocsfVersion: optional(ocsfVersion, read, undefined),
    filter: filter && {
      include: filter.include?.map((selection) => selectionConfiguration(selection, read)),
      exclude: filter.exclude?.map((selection) => selectionConfiguration(selection, read)),
    },
    personalData: personalData && personalDataConfiguration(name, personalData, read),
  };
}

function selectionConfiguration(selection: RecordSelection, read: Read) {
  const { eventTypes, aggregateTypes, organizations, users, sources, severities, ...unknown } = selection;
  return {
    ...unknown,
    eventTypes: eventTypes?.map((pattern) => read(pattern, "*")),
    aggregateTypes: aggregateTypes?.map((type) => read(type, "user")),
    organizations: organizations?.map((id) => read(id, "unknown")),
    users: users?.map((id) => read(id, "unknown")),
    sources: sources?.map((source) => read(source, "events" as const)),
    severities: severities?.map((severity) => read(severity, "high" as const)),
  };
}

/** What is not known yet is taken as that with which the key is right, or its absence. */
function personalDataConfiguration(
  destination: string,
  { hashKey, ...treatments }: PersonalData,
  read: Read,
): DestinationInput["personalData"] {
  const known = Object.entries(treatments).map(([name, treatment]) => [
    name,
    optional(treatment, read, hashKey ? ("hash" as const) : ("drop" as const)),
  ]);
  return {
    ...Object.fromEntries(known),
    hashKey: hashKey && destinationFile(destination, "personal-data-key"),
  };
}
