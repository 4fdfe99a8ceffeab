import * as z from "zod";
import { enumeration } from "../schema/described";
import { credential } from "../schema/values";

/** The classes of personal data, and what belongs to each. */
const classes = {
  userNames: "Names of users, by which they log in or which are shown.",
  emails: "E-mail addresses.",
  phones: "Telephone numbers.",
  profiles: "Gender, language and postal address.",
  ipAddresses: "IP addresses of clients.",
  userAgents: "Browsers and devices: their names, languages and ids.",
} as const;
export type PersonalClass = keyof typeof classes;
export const personalClasses = Object.keys(classes) as PersonalClass[];

const treatment = enumeration("PersonalDataTreatment", "What becomes of a class of personal data.", {
  Keep: ["keep", "It leaves as it is."],
  Hash: [
    "hash",
    "Its HMAC-SHA256 leaves: equal texts stay equal, and nobody without the key can try out texts.",
  ],
  Drop: ["drop", "It does not leave."],
});
export const personalTreatments = treatment.options;

/** What is not known yet is taken as that with which the key is right, or its absence. */
const unknownTreatment = (beside: object) => ("hashKey" in beside ? "hash" : "drop");

const treatmentOf = (description: string) =>
  treatment.default("keep").meta({ description, sample: unknownTreatment });

export const personalData = z
  .strictObject({
    userNames: treatmentOf(classes.userNames),
    emails: treatmentOf(classes.emails),
    phones: treatmentOf(classes.phones),
    profiles: treatmentOf(classes.profiles),
    ipAddresses: treatmentOf(classes.ipAddresses),
    userAgents: treatmentOf(classes.userAgents),
    hashKey: credential.optional().meta({
      description:
        "Key of the hashes, for example 32 random bytes in base64; needed where something is hashed. The forwarder reads it at its start. With another key the same text gets another hash.",
      otherwise: "none",
    }),
  })
  .superRefine(({ hashKey, ...treatments }, context) => {
    const hashed = Object.values(treatments).includes("hash");
    if (hashed === (hashKey !== undefined)) return;
    context.addIssue({
      code: "custom",
      path: ["hashKey"],
      message: hashed
        ? "is missing: give a key to hash with, for example 32 random bytes in base64"
        : 'is given and nothing is hashed: set a class to "hash", or take the key out',
    });
  })
  .meta({
    typeName: "PersonalData",
    typeDescription:
      "What becomes of personal data on its way to a destination. Ids of users always stay; secrets never leave, whatever is set here. It holds for every record that goes there, whatever the filter lets through.",
  });
