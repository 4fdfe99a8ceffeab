import * as z from "zod";

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Whether a text is an RFC 3339 time with its zone, at most nanoseconds: `2026-11-22T10:03:11.749184Z`. */
export const isTime = (text: string): boolean => rfc3339.test(text) && !Number.isNaN(Date.parse(text));

export const time = z
  .string()
  .refine(isTime, {
    error: "is not a time: write it as RFC 3339 with a zone, for example 2026-11-22T10:03:11Z",
  })
  .meta({ sample: "2026-01-01T00:00:00Z" });

/** A text that is not empty. */
export const text = z.string().min(1);

/** A file below the secrets folder: relative, and it stays inside. */
export const secretFile = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith("/") && !path.split("/").includes(".."), {
    error: "must be a path relative to the secrets folder, without '..'",
  });

/** A credential: in a declaration its value or a Secret's key, in the configuration the file that holds it. */
export const credential = secretFile.meta({ credential: "forwarder" });

export const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: "must be an http or https URL",
  })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === "" && new URL(text).password === ""), {
    error: "must not hold a user name or password: use bearer or basic with a secret",
  })
  .meta({ sample: "https://unknown.invalid" });

/** Names of headers and of parameters in a URL whose values are credentials. */
const credentialName =
  /authorization|cookie|token|secret|passw|passphrase|pwd|signature|credential|api[_-]?key|access[_-]?key|(?:^|[_-])(?:key|sig|code|auth|pass|session)$/i;

export const destinationUrl = httpUrl.superRefine((text, context) => {
  if (!URL.canParse(text)) return;
  for (const name of new URL(text).searchParams.keys())
    if (credentialName.test(name))
      context.addIssue({
        code: "custom",
        message:
          "must not hold a credential among its parameters, where everybody who sees the configuration reads it: use bearer, basic or secretHeaders with a secret",
      });
});

export const plainHeaders = z.record(z.string(), z.string()).superRefine((headers, context) => {
  for (const name of Object.keys(headers))
    if (credentialName.test(name))
      context.addIssue({
        code: "custom",
        path: [name],
        message:
          "is a header for a credential, which everybody who sees the configuration would read: use bearer, basic or secretHeaders with a secret",
      });
});

export const bytes = z.int().positive().meta({ unit: "bytes" });

/** A port of TCP. */
export const port = z.int().min(1).max(65_535);
