import * as z from "zod";
import type { LoginClaim } from "../../../contract/loginClaim";
import { creationMicros } from "../../records/micros";

const text = z.string();

/**
 * Fields that this version does not know are left out, not refused: a newer script than the forwarder costs a field
 * and not the record. What a client decides (address, user agent, names) may be any text: refusing it would let a
 * client keep its login out of the records.
 */
const claimSchema: z.ZodType<LoginClaim> = z.object({
  id: text.regex(/^[0-9a-f]{32}$/),
  time: text.refine(isCreationTime),
  flow: z.enum(["internal", "external"]),
  trigger: z.enum(["post authentication", "pre creation", "post creation"]),
  outcome: z.enum(["success", "failure"]).optional(),
  error: text.optional(),
  method: text.optional(),
  instance: text.optional(),
  user: z.object({ id: text.optional(), loginName: text.optional() }).optional(),
  userOrganization: text.optional(),
  requestedOrganization: text.optional(),
  application: text.optional(),
  identityProvider: text.optional(),
  authRequest: text.optional(),
  agent: text.optional(),
  ip: text.optional(),
  userAgent: text.optional(),
  extra: z.record(z.string(), z.union([text, z.number(), z.boolean()])).optional(),
  shortened: z.array(text).optional(),
});

/** Reads the text of a claim; undefined when it is none. Give it only a text whose signature was right. */
export function parseClaim(json: string): LoginClaim | undefined {
  try {
    return claimSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function isCreationTime(time: string): boolean {
  try {
    creationMicros(time);
    return true;
  } catch {
    return false;
  }
}
