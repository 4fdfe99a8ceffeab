import * as z from "zod";
import { knownAggregateTypes, knownEventTypes } from "../generated/knownTypes";
import { enumeration } from "../schema/described";
import { closest, matcher } from "../schema/pattern";
import { type Problem, propertyPath } from "../schema/problems";
import { text } from "../schema/values";

/** The sources from which records come, as a filter names them. */
const source = enumeration("RecordSource", "Source a record came from.", {
  Events: ["events", "ZITADEL's Events API."],
  Webhook: ["webhook", "Login records posted by an Action."],
  Stdout: ["stdout", "Login records in ZITADEL's log."],
  Forwarder: ["forwarder", "What the forwarder reports itself."],
});
export const recordSources = source.options;

/** What a record may weigh, from the least to the most. */
const severity = enumeration("RecordSeverity", "What a record weighs.", {
  Informational: ["informational", "Nothing out of the ordinary."],
  Low: ["low", "Worth a look in numbers, for example failed logins."],
  Medium: ["medium", "Worth a look, for example rights that were given."],
  High: ["high", "Worth a look at once, for example rights over the whole instance."],
});
export const severities = severity.options;

/** The names under which login records are known beside the event types. */
export const loginNames = ["login.post_authentication", "login.pre_creation", "login.post_creation"] as const;

const names = [...knownEventTypes, ...loginNames];

const some = <T extends z.ZodType>(item: T) => z.array(item).min(1).optional();

const pattern = z.string().min(1).max(200).meta({ sample: "*" });
const aggregateType = z.string().min(1).max(200).meta({ sample: "user" });

const selection = z
  .strictObject({
    eventTypes: some(pattern).meta({
      description:
        "Event types, `*` stands for any text: `user.human.*`. Login records are `login.post_authentication`, `login.pre_creation` and `login.post_creation`, calls of a target `call.` and its name. A pattern that matches nothing that is known is a warning.",
      otherwise: "every type",
    }),
    aggregateTypes: some(aggregateType).meta({
      description: "Aggregate types, for example `user`. Login records have none.",
      otherwise: "every type",
    }),
    organizations: some(text).meta({
      description: "Ids of the organizations that own what a record is about.",
      otherwise: "every organization",
    }),
    users: some(text).meta({
      description: "Ids of users who did it or to whom it was done.",
      otherwise: "everybody",
    }),
    sources: some(source).meta({
      description:
        "Sources a record came from: `events`, `webhook`, `stdout`, or `forwarder` for what it reports itself.",
      otherwise: "every source",
    }),
    severities: some(severity).meta({
      description:
        "What a record weighs: `informational`, `low`, `medium` or `high`; docs/formats.md has it for each type.",
      otherwise: "any",
    }),
  })
  .refine((properties) => Object.values(properties).some((values) => values !== undefined), {
    error: "is empty: give at least one property, or take it out",
  })
  .meta({
    typeName: "RecordSelection",
    typeDescription: "Selects the records that match each property that is given, by any of its values.",
    sample: { eventTypes: ["*"] },
  });

export type Selection = z.output<typeof selection>;

/** Which records go to a destination. */
export const filter = z
  .strictObject({
    include: some(selection).meta({
      description: "Only records that one of these selects.",
      otherwise: "every record",
    }),
    exclude: some(selection).meta({
      description: "No record that one of these selects.",
      otherwise: "none",
    }),
  })
  .meta({
    typeName: "RecordFilter",
    typeDescription:
      "Which records go to a destination. Records that the forwarder makes itself, for example that events were lost, are kept out by `exclude` alone. What is kept out of one destination still goes to the others.",
  });

/**
 * What is odd about destinations' filters: a pattern of event types or an aggregate type that this version knows
 * nothing of, and which so perhaps keeps out everything or nothing. A newer ZITADEL has more types, so it is no error.
 */
export function filterWarnings(destinations: readonly { filter?: z.input<typeof filter> }[]): Problem[] {
  return destinations.flatMap(({ filter = {} }, index) =>
    (["include", "exclude"] as const).flatMap((list) =>
      (filter[list] ?? []).flatMap(({ eventTypes = [], aggregateTypes = [] }, place) => {
        const path = ["destinations", index, "filter", list, place];
        const odd = (property: string, values: string[], known: readonly string[], what: string) =>
          values.flatMap((value, at) =>
            isKnown(value, known)
              ? []
              : [
                  {
                    path: propertyPath([...path, property, at]),
                    message: `is ${what} that is known here: the closest is "${closest(value, known)}". It is kept, because a newer ZITADEL may have it`,
                  },
                ],
          );
        return [
          ...odd("eventTypes", eventTypes, names, "no event type"),
          ...odd("aggregateTypes", aggregateTypes, knownAggregateTypes, "no aggregate type"),
        ];
      }),
    ),
  );
}

/** What the forwarder reports and what targets are called cannot be known here. */
const isKnown = (pattern: string, known: readonly string[]) =>
  /^(forwarder|call)\./.test(pattern) || known.some(matcher([pattern]));
