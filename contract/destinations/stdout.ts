import * as z from "zod";
import type { DestinationKind } from "./kind";

const settings = z
  .strictObject({})
  .meta({ typeName: "StdoutDestination", typeDescription: "Standard output. It has nothing to set." });

export const stdout = {
  settings,
  description:
    "Write records to the forwarder's standard output, a JSON line each, for clusters whose log agent ships it. Delivered means: written; nobody acknowledges it.",
  formats: ["zitadel", "ecs", "ocsf", "otel"],
  acknowledgement: () => "sent",
  ports: () => [],
} satisfies DestinationKind<typeof settings>;
