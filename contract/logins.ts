import * as z from "zod";
import { secretFile, text } from "./schema/values";

/** Labels of ZITADEL's pods as its Helm chart sets them. */
export const zitadelPodLabels = {
  "app.kubernetes.io/name": "zitadel",
  "app.kubernetes.io/component": "start",
};

const organization = z.strictObject({
  id: text.meta({ description: "The organization whose Actions report." }),
  secretFiles: z.array(secretFile).min(1).meta({
    description:
      "Files with the secrets that its scripts sign with; every one is accepted, so that a secret can rotate.",
  }),
});

const target = z.strictObject({
  name: text.meta({ description: "What its records call it." }),
  organization: text.optional().meta({
    description: "The organization that its calls are about, where they are about one.",
    otherwise: "none",
  }),
  signingKeyFiles: z.array(secretFile).min(1).meta({
    description:
      "Files with the signing keys that ZITADEL gave for it; every one is accepted, so that a key can rotate.",
  }),
});

const webhook = z.strictObject({
  tls: z
    .strictObject({
      certificate: secretFile.meta({ description: "File with the listener's certificate, PEM." }),
      key: secretFile.meta({ description: "File with its private key, PEM." }),
    })
    .optional()
    .meta({ description: "The listener's certificate.", otherwise: "none: it speaks plain HTTP" }),
  path: z
    .string()
    .startsWith("/")
    .default("/logins")
    .meta({ description: "Path that takes the calls; the listener's address is the command line's." }),
  targets: z.array(target).default([]).meta({
    description: "Targets of Actions version 2, defined elsewhere, that may post to the same path.",
    otherwise: "none",
  }),
});

const stdout = z.strictObject({
  namespace: text.meta({ description: "ZITADEL's namespace." }),
  labels: z.record(z.string(), z.string()).default(zitadelPodLabels).meta({
    description: "Labels of ZITADEL's pods.",
    otherwise: "those of its Helm chart",
  }),
});

/** Login records: who may report them, and from which sources they come. */
export const logins = z
  .strictObject({
    organizations: z
      .array(organization)
      .min(1)
      .meta({ description: "The organizations whose Actions report." }),
    webhook: webhook
      .optional()
      .meta({ description: "Records come over HTTP.", otherwise: "that they do not" }),
    stdout: stdout
      .optional()
      .meta({ description: "Records are read from ZITADEL's log.", otherwise: "that they are not" }),
    missingAfterSeconds: z.int().min(60).default(300).meta({
      description:
        "A check among the events that no login record followed within so long is reported, in seconds.",
    }),
  })
  .superRefine(({ organizations }, context) => {
    const ids = organizations.map(({ id }) => id);
    const files = organizations.flatMap(({ secretFiles }) => [...new Set(secretFiles)]);
    if (new Set(ids).size < ids.length)
      context.addIssue({
        code: "custom",
        path: ["organizations"],
        message: "has an organization twice: list all its secret files in one place",
      });
    if (new Set(files).size < files.length)
      context.addIssue({
        code: "custom",
        path: ["organizations"],
        message:
          "gives two organizations one secret file, and each could then report for the other: give each its own",
      });
  })
  .refine(({ webhook, stdout }) => webhook !== undefined || stdout !== undefined, {
    error: "has no source: give webhook, stdout or both",
  });
