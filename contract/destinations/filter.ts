import * as z from "zod";
import { knownAggregateTypes, knownEventTypes } from "../generated/knownTypes";
import { closest, matcher } from "../pattern";

/** The sources from which records come, as a filter names them. */
export const sources = ["events", "webhook", "stdout", "forwarder"] as const;
/** What a record may weigh, from the least to the most. */
export const severities = ["informational", "low", "medium", "high"] as const;

/** The names under which login records are known beside the event types. */
export const loginNames = ["login.post_authentication", "login.pre_creation", "login.post_creation"] as const;

const names = [...knownEventTypes, ...loginNames];

/**
 * A pattern that matches at least one name, found out before it silently keeps out everything or nothing. What the
 * forwarder reports has names that only its version knows, and targets have names of their own.
 */
const eventTypePattern = z
  .string()
  .min(1)
  .max(200)
  .superRefine((pattern, context) => {
    if (/^(forwarder|call)\./.test(pattern) || names.some(matcher([pattern]))) return;
    context.addIssue({
      code: "custom",
      message: `matches no event type that ZITADEL has: the closest is "${closest(pattern, names)}"; "*" stands for any text`,
    });
  });

const aggregateType = z.string().superRefine((type, context) => {
  if (knownAggregateTypes.includes(type)) return;
  context.addIssue({
    code: "custom",
    message: `is no aggregate type that ZITADEL has: the closest is "${closest(type, knownAggregateTypes)}"`,
  });
});

const selection = z
  .strictObject({
    /** Patterns of event types, `*` stands for any text: `user.human.*`. */
    eventTypes: z.array(eventTypePattern).min(1).optional(),
    aggregateTypes: z.array(aggregateType).min(1).optional(),
    /** Ids of the organizations that own what it is about. */
    organizations: z.array(z.string().min(1)).min(1).optional(),
    /** Ids of users who did it or to whom it was done. */
    users: z.array(z.string().min(1)).min(1).optional(),
    sources: z.array(z.enum(sources)).min(1).optional(),
    severities: z.array(z.enum(severities)).min(1).optional(),
  })
  .refine((properties) => Object.values(properties).some((values) => values !== undefined), {
    error: "names nothing: give at least one property, or take it out",
  });

/**
 * Which records go to a destination: those that one of `include` selects, every record where it is left out, but
 * for those that one of `exclude` selects. A selection selects what matches each of its properties. What the
 * forwarder reports itself is kept out by `exclude` alone.
 */
export const filter = z.strictObject({
  include: z.array(selection).min(1).optional(),
  exclude: z.array(selection).min(1).optional(),
});
