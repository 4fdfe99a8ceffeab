import * as z from "zod";
import { secretFile } from "./values";

const organization = z.strictObject({
  /** The organization whose Actions report. */
  id: z.string().min(1),
  /** Files with the secrets that its scripts sign with; every one is accepted, so that a secret can rotate. */
  secretFiles: z.array(secretFile).min(1),
});

const target = z.strictObject({
  /** What its records call it. */
  name: z.string().min(1),
  /** The organization that its calls are about, where they are about one. */
  organization: z.string().min(1).optional(),
  /** Files with the signing keys that ZITADEL gave for it; every one is accepted, so that a key can rotate. */
  signingKeyFiles: z.array(secretFile).min(1),
});

const webhook = z.strictObject({
  /** Files with the listener's certificate and its private key, PEM; without them it speaks plain HTTP. */
  tls: z.strictObject({ certificate: secretFile, key: secretFile }).optional(),
  /** Path that takes the calls; the listener's address is the command line's. */
  path: z.string().startsWith("/").default("/logins"),
  /** Targets of Actions version 2, defined elsewhere, that may post to the same path. */
  targets: z.array(target).default([]),
});

const stdout = z.strictObject({
  /** ZITADEL's namespace. */
  namespace: z.string().min(1),
  /** Labels of ZITADEL's pods. */
  labels: z
    .record(z.string(), z.string())
    .default({ "app.kubernetes.io/name": "zitadel", "app.kubernetes.io/component": "start" }),
});

/** Login records: who may report them, and from which sources they come. */
export const logins = z
  .strictObject({
    organizations: z.array(organization).min(1),
    webhook: webhook.optional(),
    stdout: stdout.optional(),
    /** A check among the events that no login record followed within so long is reported. Seconds, default 300. */
    missingAfterSeconds: z.int().min(60).default(300),
  })
  .superRefine(({ organizations }, context) => {
    const ids = organizations.map(({ id }) => id);
    const files = organizations.flatMap(({ secretFiles }) => [...new Set(secretFiles)]);
    if (new Set(ids).size < ids.length)
      context.addIssue({
        code: "custom",
        path: ["organizations"],
        message: "names an organization twice: list all its secret files in one place",
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
