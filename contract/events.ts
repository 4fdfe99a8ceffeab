import * as z from "zod";
import { isTime, text, time } from "./schema/values";

/** ZITADEL takes at most so many event types in one search (recorded answer: InvalidArgument). */
export const MAX_EVENT_TYPES = 30;
/** ZITADEL takes at most so many aggregate types in one search. */
export const MAX_AGGREGATE_TYPES = 10;

/** Which events are read, in declaration and configuration alike. */
const selection = {
  eventTypes: z.array(text).max(MAX_EVENT_TYPES).optional().meta({
    description: "Exact event types, for example `user.human.password.changed`.",
    otherwise: "every type",
    remark: "A type that this ZITADEL does not know is named in the forwarder's log and matches nothing.",
  }),
  aggregateTypes: z.array(text).max(MAX_AGGREGATE_TYPES).optional().meta({
    description: "Aggregate types, for example `user`.",
    otherwise: "every type",
  }),
  aggregateId: text.max(200).optional().meta({
    description: "Only events of this one aggregate, for example a user's id.",
    otherwise: "every aggregate",
  }),
  resourceOwner: text.optional().meta({
    description: "Only events of resources that this organization owns.",
    otherwise: "every organization",
  }),
  editorUserId: text.optional().meta({
    description: "Only events that this user caused.",
    otherwise: "everybody",
  }),
  from: time.optional().meta({
    description: "Only events created at or after this RFC 3339 time.",
    otherwise: "no such bound",
    sample: () => undefined,
  }),
  to: time.optional().meta({
    description: "Only events created before this RFC 3339 time; the forwarder stops reading there.",
    otherwise: "no such bound",
    sample: () => undefined,
  }),
};

function frameProblem({ from, to }: { from?: string; to?: string }): boolean {
  return !(from && to) || Date.parse(from) < Date.parse(to);
}
const frame = { path: ["to"], error: "must be later than 'from': the time frame ends before it starts" };

const enrichment = z
  .strictObject({
    sessions: z.boolean().default(true).meta({
      description:
        "Whether the later events of a session say from which address and browser it began; ZITADEL itself notes that on the first one only. It needs no further reads.",
    }),
    names: z.boolean().default(false).meta({
      description:
        "Whether records say what the organization is called and the user whom they are about: names that the events read do not give are asked for, at most ten a second, and ZITADEL's writers wait for each such read. A record waits half a second at most and then goes without.",
    }),
  })
  .meta({
    typeName: "Enrichment",
    typeDescription: "What is put on records besides the event, which stays as read.",
  });

/** How events are read, in declaration and configuration alike. */
const reading = {
  sweepSeconds: z.int().min(60).default(1800).meta({
    description: "How long after its creation time an event may become visible, in seconds.",
    remark: "Raise it when transactions of this ZITADEL may stay open for longer.",
  }),
  readShare: z.number().min(0.05).max(1).default(1).meta({
    description:
      "Share of time that catching up may keep a read running at ZITADEL; reads and writes of ZITADEL wait for each other.",
    remark: "Lower it when catching up slows down logins.",
    sample: 1,
  }),
  enrichment: enrichment.prefault({}).meta({
    description: "What is put on records besides the event.",
    otherwise: "what a session began with, and no names",
  }),
};

const startText = (also: string) =>
  z.string().refine((given) => given === "beginning" || given === also || isTime(given), {
    error:
      'is neither "beginning" nor a time: write a time as RFC 3339 with a zone, for example 2026-11-22T10:03:11Z, or leave it out to begin at the deployment',
  });

/** The events of a declaration. */
export const eventsSelection = z
  .strictObject({
    ...selection,
    startFrom: startText("deployment").default("deployment").meta({
      description:
        "Where a first start begins: `deployment` (the creation of the reader's service account), `beginning` (everything that ZITADEL holds) or an RFC 3339 time. Later starts go on where the last one ended.",
      remark: "With an existing key it must be given, since that account is older than the deployment.",
      sample: "beginning",
    }),
    ...reading,
  })
  .refine(frameProblem, frame)
  .meta({
    typeName: "EventsSelection",
    typeDescription:
      "Which events are read. Every property that is given must match; without any, every event is read.",
  });

const userId = text.meta({ description: "Id of the reader's service account." });

export const events = z.strictObject({
  filter: z
    .strictObject(selection)
    .refine(frameProblem, frame)
    .prefault({})
    .meta({ description: "Which events are read.", otherwise: "every event" }),
  startFrom: z
    .union([startText("beginning"), z.strictObject({ userId })], {
      error: 'must be one of "beginning", a time such as 2026-11-22T10:03:11Z and { userId }',
    })
    .meta({
      description:
        "Where a first start begins: `beginning`, a time, or the creation of the reader's own service account (`{ userId }`).",
    }),
  ...reading,
});

/** A payload field that may leave. */
export const releasedField = z
  .strictObject({
    eventType: text.meta({ description: "The event type, for example `user.human.profile.changed`." }),
    field: text.meta({ description: "The payload field, for example `nickName`." }),
  })
  .meta({
    typeName: "ReleasedField",
    typeDescription: "A payload field that may leave although the reviewed table does not list it.",
  });
