import type { EventFields, FieldTable } from "./fields";
import { tableParts } from "./table";

/** The page docs/redaction.md: what leaves of which event, generated from the reviewed table. */
export function renderRedactionDocs(): string {
  return [introduction, ...tableParts.map(({ title, table }) => renderPart(title, table))].join("\n");
}

const introduction = `<!-- Generated from forwarder/records/redaction: change the table there and run \`npm run generate\`. -->
# What leaves ZITADEL's events

Every event leaves with its type, aggregate, sequence, creation time and editor. Of its payload only the
fields leave that the tables below name. A field that is not listed leaves as its JSON pointer and type
alone, in the record's \`withheld\`:

\`\`\`json
{ "path": "/payload/encodedHash", "type": "string", "reason": "secret" }
\`\`\`

- **Leaves**: delivered, after a second net has taken out what looks like a secret: password hashes,
  encrypted values, JSON Web Tokens, bearer tokens, PEM and JWK keys, long random words outside of id fields,
  and credentials in URLs and parameters, which \`[withheld]\` replaces. \`reason\` is then \`secret\`.
- **Withheld**: no secret, but bulky or of no use to an audit. So is every field that this page does not
  name, and every field of an event type that this page does not name: \`reason\` is \`not listed\`.
- **Secret**: never leaves; \`reason\` is \`secret\`.

A path goes through lists: \`notifications.id\` is the \`id\` of every element of \`notifications\`. An element
of a list that may not leave becomes \`null\`. A field whose name may be content instead of a name has \`*\` in
its pointer. The id of a device authorization is its device code, a secret: it leaves as \`sha256:\` and 32
hex digits, as would any other id that looks like a secret.

## Releasing a field

A declaration can let out a withheld field, with everything in it:

\`\`\`yaml
releasedFields:
  - eventType: schemauser.created
    field: user
\`\`\`

The net stays over it. A secret cannot be released: the forwarder refuses such a configuration.

## What a session began with

A record's \`session\` repeats address and browser from the first event of its session: only those fields that leave
there, after the net, and no released ones. A destination's \`personalData\` treats them as it does there. The forwarder
keeps them in its journal until the session has ended, 90 days at most.

## Names

A record's \`names\`, where they are asked for, come from fields that leave (\`userName\`, \`name\` of an organization), after
the net. A user's name is personal data of the class \`userNames\`.

## Login records

A login record holds what the script chose: never the form, cookies or authorization headers. The net goes over every
text of it, a name or a user agent like any other, and \`[withheld]\` replaces what it takes out; a further field whose
name holds one goes as a whole. The body of a target's call (Actions version 2) has no table: it leaves
without the fields whose names say a secret (\`password\`, \`sessionToken\`, \`verificationCode\`, …) or whose texts look
like one, and without payloads of events.
`;

function renderPart(title: string, table: FieldTable): string {
  const rows = [...groupBySameFields(table)].map(
    ([{ leaves, withheld, secret }, types]) =>
      `| ${types.map(code).join("<br>")} | ${list(leaves)} | ${list(withheld)} | ${list(secret)} |`,
  );
  return [
    `## ${title}`,
    "",
    "| Event type | Leaves | Withheld | Secret |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** Event types with the same fields share a row. */
function groupBySameFields(table: FieldTable): Map<EventFields, string[]> {
  const firstOfKind = new Map<string, EventFields>();
  const groups = new Map<EventFields, string[]>();
  for (const [type, entry] of Object.entries(table)) {
    const kind = JSON.stringify(entry);
    const first = firstOfKind.get(kind) ?? entry;
    firstOfKind.set(kind, first);
    groups.set(first, [...(groups.get(first) ?? []), type]);
  }
  return groups;
}

function list(paths: readonly string[]): string {
  return paths.length === 0 ? "–" : paths.map(code).join(", ");
}

function code(text: string): string {
  return `\`${text}\``;
}
