import * as z from "zod";
import { credential, text, time } from "../schema/values";

const key = z
  .strictObject({
    name: text.meta({
      plain: true,
      description: "Name of the generation, for example `2026-11`: lower-case letters, digits and `-`.",
    }),
    expires: time.meta({
      description:
        "When ZITADEL stops accepting the key: RFC 3339 with a zone, for example `2027-11-01T00:00:00Z`.",
    }),
  })
  .meta({ typeName: "ReaderKey", typeDescription: "One generation of the service account's key." });

const existing = {
  existingKey: credential.optional().meta({
    choice: true,
    description:
      "Machine key (JSON) of an existing service account with the role IAM_OWNER_VIEWER, for instances in which the team may not create users. `events.startFrom` must then be given.",
  }),
  personalAccessToken: credential.optional().meta({
    choice: true,
    description:
      "Personal access token of an existing service account, instead of a key. `events.startFrom` must then be given.",
  }),
};

/** The service account that reads, created or there already. */
export const readerProperties = {
  keys: z.array(key).optional().meta({
    choice: true,
    description:
      "Generations of the key, the newest last: it is used, and all that are listed are accepted. To rotate without a gap, append a generation, and take the old one out in a later update.",
  }),
  userName: text.optional().meta({
    description: "User name of the service account that is created.",
    otherwise: "the component's name",
  }),
  ...existing,
};

export const reader = z.strictObject(readerProperties).meta({
  typeName: "Reader",
  typeDescription:
    "The service account that may read events: exactly one of `keys` (it is created), `existingKey` and `personalAccessToken` (it exists already, and nothing is created in ZITADEL).",
});

/** How a forwarder signs in. */
export const forwarderReader = z
  .strictObject({
    userId: text.optional().meta({
      description:
        "Id of the reader's service account, as `EventsReader` gives it: a first start begins at its creation.",
      otherwise: "none",
    }),
    machineKeys: z.array(z.string()).optional().meta({
      choice: true,
      input: true,
      description: "Machine keys (JSON), the newest last, as `EventsReader` gives them.",
    }),
    ...existing,
  })
  .meta({
    typeName: "ForwarderReader",
    typeDescription:
      "How a forwarder signs in: exactly one of `machineKeys`, `existingKey` and `personalAccessToken`.",
  });
