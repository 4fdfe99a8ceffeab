import * as z from "zod";
import { secretFile } from "../values";

/** The classes of personal data. */
export const personalClasses = [
  "userNames",
  "emails",
  "phones",
  "profiles",
  "ipAddresses",
  "userAgents",
] as const;
export type PersonalClass = (typeof personalClasses)[number];

/** What may happen to it. */
export const personalTreatments = ["keep", "hash", "drop"] as const;

const treatment = z.enum(personalTreatments).default("keep");

/**
 * What becomes of personal data on its way to a destination, class by class: `keep` (the default), `hash` (replaced
 * by its HMAC-SHA256, so that equal texts stay equal) or `drop`.
 */
export const personalData = z
  .strictObject({
    userNames: treatment,
    emails: treatment,
    phones: treatment,
    profiles: treatment,
    ipAddresses: treatment,
    userAgents: treatment,
    /** File with the key of the HMAC. */
    hashKey: secretFile.optional(),
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
  });
