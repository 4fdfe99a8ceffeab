import * as z from "zod";
import type { RecordFormat } from "../../../contract";
import type { BulkTarget } from "../../../contract/destinations/bulk";
import type { Outcome } from "../destination";
import type { Exchange } from "../overHttp/client";
import { outcomeOfAnswer } from "../overHttp/outcome";
import { templateReason } from "./outcome";

export type BulkKind = "elasticsearch" | "opensearch";

/** Counts up with each change of the template. */
const VERSION = 1;
const MANAGED_BY = "zitadel-siem";
/** Above the templates that servers bring along (100) and below none of a person's that means to win. */
const PRIORITY = 500;

/** A type for objects whose fields are of any type: a mapping for each would refuse records, and grow for ever. */
const anyObject: Record<BulkKind, string> = { elasticsearch: "flattened", opensearch: "flat_object" };
/** Where a format has such an object. */
const anyObjectIn: Partial<Record<RecordFormat, string>> = { zitadel: "payload", ocsf: "unmapped" };

const templates = z.object({
  index_templates: z.array(
    z.object({
      index_template: z.object({
        data_stream: z.unknown().optional(),
        version: z.number().optional(),
        _meta: z.object({ managed_by: z.unknown(), format: z.unknown() }).partial().optional(),
      }),
    }),
  ),
});

/** The name of the index template: that of what it is for. */
export const templateName = ({ index, dataStream }: BulkTarget): string => dataStream ?? index;

/** The index template for records in a format. */
export function indexTemplate(kind: BulkKind, format: RecordFormat, target: BulkTarget): object {
  const any = anyObjectIn[format];
  return {
    index_patterns: [target.dataStream ?? `${target.index}-*`],
    ...(target.dataStream !== undefined && { data_stream: {} }),
    priority: PRIORITY,
    version: VERSION,
    _meta: { managed_by: MANAGED_BY, format },
    template: {
      // A value that does not fit its field is kept in the document and not found by that field.
      settings: { "index.mapping.ignore_malformed": true },
      mappings: {
        // Texts that look like dates or numbers are texts: what the first one looks like must not bind the next.
        date_detection: false,
        numeric_detection: false,
        dynamic_templates: [
          { texts: { match_mapping_type: "string", mapping: { type: "keyword", ignore_above: 1024 } } },
        ],
        properties: {
          "@timestamp": { type: "date" },
          ...(any && { [any]: { type: anyObject[kind] } }),
          ...(format === "ecs" && ecsProperties),
        },
      },
    },
  };
}

const ecsProperties = {
  message: { type: "text" },
  event: {
    properties: {
      created: { type: "date" },
      original: { type: "keyword", index: false, doc_values: false },
    },
  },
  source: { properties: { ip: { type: "ip" } } },
  related: { properties: { ip: { type: "ip" } } },
};

/** What is to be done about the template after the server was asked for it; `ready`: nothing. */
export type TemplateStep = { step: "ready" } | { step: "put" } | { step: "stop"; outcome: Outcome };

/** By the answer to the question for the template. One that somebody else made is left as it is. */
export function templateStep(
  { answer, failure }: Exchange,
  setting: "install" | "check",
  format: RecordFormat,
  target: BulkTarget,
  nowMillis: number,
): TemplateStep {
  if (failure) return { step: "stop", outcome: failure };
  if (answer.status === 404) return setting === "install" ? { step: "put" } : stop(missing(target));
  const outcome = outcomeOfAnswer(answer.status, answer.retryAfter, nowMillis);
  if (outcome.kind !== "acknowledged") return stop(aboutTemplate(outcome, templateReason(answer)));
  const found = read(answer.text);
  if (!found) return stop(unreadable);
  const ours = found._meta?.managed_by === MANAGED_BY;
  if (setting === "install" && ours && ((found.version ?? 0) < VERSION || found._meta?.format !== format))
    return { step: "put" };
  if (target.dataStream !== undefined && found.data_stream === undefined) return stop(noDataStream(target));
  return { step: "ready" };
}

/** By the answer to putting the template; undefined when it is there. */
export function outcomeOfPut({ answer, failure }: Exchange, nowMillis: number): Outcome | undefined {
  if (failure) return failure;
  const outcome = outcomeOfAnswer(answer.status, answer.retryAfter, nowMillis);
  return outcome.kind === "acknowledged" ? undefined : aboutTemplate(outcome, templateReason(answer));
}

const stop = (outcome: Outcome): TemplateStep => ({ step: "stop", outcome });

/** A refusal is not about records here. */
function aboutTemplate(outcome: Outcome, reason: string): Outcome {
  const about = `the index template: ${reason}`;
  if (outcome.kind === "retry") return { ...outcome, reason: about };
  return {
    kind: "fault",
    reason: about,
    remedy:
      outcome.kind === "refused"
        ? "use a server that knows what the template needs, change format or dataStream, or put one yourself and set template to none"
        : "allow this credential to read and put index templates, or put it yourself and set template to none",
  };
}

function missing(target: BulkTarget): Outcome {
  return {
    kind: "fault",
    reason: `the index template ${templateName(target)} is missing`,
    remedy: "put the index template of the documentation on the server, or set template to install",
  };
}

function noDataStream(target: BulkTarget): Outcome {
  return {
    kind: "fault",
    reason: `the index template ${templateName(target)} makes no data stream`,
    remedy: "give it data_stream, or let the destination have another name",
  };
}

const unreadable: Outcome = {
  kind: "fault",
  reason: "the index template: answered with something that is no index template",
  remedy: "correct the destination's url, or look into what changes answers on their way",
};

function read(text: string) {
  try {
    return templates.parse(JSON.parse(text)).index_templates[0]?.index_template;
  } catch {
    return undefined;
  }
}
