import { defaultOcsfVersion, ocsfVersions } from "../../../contract";
import { fieldTable } from "../redaction/table";
import { meaningOf } from "./lookup";
import type { Meaning } from "./meaning";
import { ocsfActivity } from "./ocsf";
import { rows } from "./table";

/** The page docs/formats.md: formats, and what every event type means, generated from the table. */
export function renderFormatDocs(): string {
  const types = Object.keys(fieldTable).sort();
  return [introduction, ...ruleTable(), "", ...meaningTable(types), ""].join("\n");
}

const introduction = `<!-- Generated from forwarder/records/formats: change the table there and run \`npm run generate\`. -->
# Formats

\`format\` of a destination says how each record is told; [kinds.md](reference/kinds.md) has each kind's default. Every format carries the record's id, under which a
destination can de-duplicate: ids never depend on the format.

| \`format\` | what a record is | its id |
|---|---|---|
| \`zitadel\` | the event as read, redacted, in a small envelope | \`id\` |
| \`ecs\` | Elastic Common Schema 9.4 | \`event.id\` |
| \`ocsf\` | Open Cybersecurity Schema Framework, by \`ocsfVersion\` ${ocsfVersions.join(" or ")} | \`metadata.uid\` |
| \`otel\` | an OpenTelemetry LogRecord, in the JSON mapping of OTLP | attribute \`log.record.uid\` |

No format loses anything: \`ecs\` has the whole record as a text in \`event.original\`, \`ocsf\` in \`unmapped\`,
\`otel\` as its body. ECS documents hold no field of a payload as a field of their own: ZITADEL writes values
of different types under one name, which an index would refuse.

Times keep their microseconds in \`zitadel\`, \`ecs\` (\`@timestamp\`) and \`otel\`; OCSF's \`time\` is in
milliseconds by its schema, \`metadata.original_time\` is the text that ZITADEL sent.

**Who.** In ECS \`user.*\` is who acted and \`user.target.*\` whom it was done to; of a login \`user.*\` is who
logged in. OCSF has them as \`actor.user\` and \`user\`, OpenTelemetry as \`user.*\` and
\`zitadel.target.user.*\`. What the hosted login writes (editor \`LOGIN\`) was done by the person whom it is
about.

**From where.** ZITADEL notes the leftmost \`X-Forwarded-For\`, which any client can write. So an address is
\`source.ip\` (OCSF \`src_endpoint.ip\`, OpenTelemetry \`client.address\`) only where
\`zitadel.trustedProxies\` says how many proxies in front of ZITADEL are trusted: they must replace what the client sent. Otherwise it is a claim: \`labels.claimed_ip\`, \`unmapped.claimed_ip\`,
\`zitadel.claimed_address\`; rules on \`source.ip\` never see it.

**A session's beginning.** ZITADEL notes address and browser of a session on its first event only (\`session.added\`,
\`oidc_session.added\`, \`saml_session.added\`). The forwarder remembers them and puts them on the session's later
events as the record's \`session\`, beside \`event\`, which stays as read:

\`\`\`json
"session": { "id": "400716717682068518", "userAgent": { "ip": "203.0.113.9", "header": { "user-agent": "curl/8" } } }
\`\`\`

\`id\` is that of the login session, also on the events of a session of OpenID Connect or SAML. The other formats tell
address and browser like those of any event, by the same rule of trust, where the event itself names neither, and say
so: \`zitadel.address_from\` is \`session\` in ECS and OpenTelemetry, and OCSF has \`unmapped.session\`. It is where
the session began, not where this event came from: nobody wrote that down.

A record never waits for it. It is missing where the beginning was not read (it is older than \`startFrom\`, or
\`events.filter\` leaves it out), became visible after the event, or was forgotten: 90 days after it, once the session
has ended and nothing of it can be read again, or when the journal's place for it is used up (one session for each
32 KiB of \`journal.maxBytes\`, at most 100,000). So content beside \`event\` depends on what was read before; the
record's id does not. Texts are cut at 300 characters. \`events.enrichment.sessions: false\` turns it off.

**Names.** With \`events.enrichment.names: true\` a record says beside \`event\` what the user whom it is about and the
organization are called:

\`\`\`json
"names": { "user": { "id": "400716715031268390", "userName": "bob" }, "organization": { "id": "400716712430799910", "name": "ACME" } }
\`\`\`

They are \`user.name\` (\`user.target.name\`) and \`organization.name\` in ECS, \`user.name\` and \`user.org.name\` in OCSF,
\`zitadel.target.user.name\` and \`zitadel.organization.name\` in OpenTelemetry. A name is the newest that an event gave:
one that was read, else one that the Events API was asked for. At most 20,000 names are remembered, an hour each, and
at most ten are asked for in a second. A page of events waits for them half a second at most, and no more than a tenth
of the time; what is not there then is left out. ZITADEL's writers wait for each question as for every read, and an
event older than its audit-log retention gives no name.

**Severity** is \`informational\`, \`low\`, \`medium\` or \`high\`: 1 to 4 in ECS and OCSF, INFO, INFO3, WARN and
ERROR in OpenTelemetry.

**OCSF classes**: authentication 3002, account 3001 (Account Change), access 3005 (User Access Management),
entity 3004 (Entity Management), base 0. What a class has no activity for is 99, Other, with our word in
\`activity_name\`. \`user\` is \`unknown\` where an event names nobody: most events of a session do not.

## The rules

\`*\` stands for any text. Each column is taken from the first row that matches and fills it. Login records
are looked up as \`login.\` and their trigger, calls of targets as \`call.\` and the target's name, the
forwarder's notices as \`forwarder.\` and their type. A target that is none of \`user\` (the aggregate), \`payload user\` (named by the payload), \`login\`,
\`aggregate\` and \`none\` is a field of the payload.
`;

const columns: readonly (keyof Meaning)[] = [
  "categories",
  "class",
  "activity",
  "outcome",
  "severity",
  "actor",
  "target",
  "source",
];

function ruleTable(): string[] {
  const lines = rows.map(({ types, says }) => {
    const cells = columns.map((column) => shown(says[column]));
    return `| ${types.split(" ").map(code).join("<br>")} | ${cells.join(" | ")} |`;
  });
  return [`| event types | ${columns.join(" | ")} |`, `|---|${columns.map(() => "---|").join("")}`, ...lines];
}

function meaningTable(types: readonly string[]): string[] {
  const lines = types.map((type) => {
    const meaning = meaningOf(type);
    const cells = columns.map((column) => shown(meaning[column]));
    return `| ${code(type)} | ${cells.join(" | ")} | ${ocsfActivity(meaning, defaultOcsfVersion)} |`;
  });
  return [
    "## Every event type of ZITADEL 4.13.1",
    "",
    `| event type | ${columns.join(" | ")} | OCSF 1.3 |`,
    `|---|${columns.map(() => "---|").join("")}---|`,
    ...lines,
  ];
}

function shown(value: Meaning[keyof Meaning] | undefined): string {
  return value === undefined ? "" : [value].flat().join(", ");
}

function code(text: string): string {
  return `\`${text}\``;
}
