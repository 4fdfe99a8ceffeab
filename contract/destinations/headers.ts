import * as z from "zod";
import { credential, plainHeaders } from "../schema/values";

const secretHeaders = z.record(z.string(), credential).superRefine((files, context) => {
  for (const name of Object.keys(files))
    if (!/^[A-Za-z0-9-]{1,60}$/.test(name))
      context.addIssue({
        code: "custom",
        message: "has a header with a name that HTTP does not allow: give 1 to 60 letters, digits and '-'",
      });
});

/** Headers that a declaration adds to every request. */
export const headers = {
  headers: plainHeaders.default({}).meta({
    description: "Further request headers that are no secret, by name.",
    otherwise: "none",
  }),
  secretHeaders: secretHeaders.default({}).meta({
    description:
      "Further request headers whose values are secret, for example `X-Api-Key`, by name: letters, digits and `-`.",
    otherwise: "none",
  }),
};

/** What every request has, or HTTP itself: a value from elsewhere would break it or be lost. */
const own = [
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
];

interface Headers {
  headers: { [name: string]: string };
  secretHeaders: { [name: string]: string };
}

/** Each name once, and none that the forwarder sets itself; `further` are those that other settings make it set. */
export function checkHeaders(
  given: Headers,
  further: { [property: string]: readonly string[] },
  context: z.core.$RefinementCtx,
): void {
  const setBy = new Map([
    ...own.map((name) => [name, "the forwarder itself"] as const),
    ...Object.entries(further).flatMap(([property, names]) => names.map((name) => [name, property] as const)),
  ]);
  for (const property of ["headers", "secretHeaders"] as const)
    for (const name of Object.keys(given[property])) {
      const already = setBy.get(name.toLowerCase());
      if (already === undefined) setBy.set(name.toLowerCase(), property);
      else
        context.addIssue({
          code: "custom",
          path: [property, name],
          message: `is a header that ${already} sets already: take one of them out`,
        });
    }
}

/** The header of a credential, by the property that gives it. */
export const authorizationBy = (settings: {
  bearer?: unknown;
  basic?: unknown;
}): { [property: string]: readonly string[] } => ({
  ...(settings.bearer !== undefined && { bearer: ["authorization"] }),
  ...(settings.basic !== undefined && { basic: ["authorization"] }),
});
