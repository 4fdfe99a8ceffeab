/** docs/reference/notices.md: what the forwarder reports as records of its own. */
import { noticeTypes } from "../../forwarder/records/notice";
import { page, table } from "./page";

const introduction = `What the forwarder reports about itself goes to every destination as a record of the source \`forwarder\`, with
\`notice.type\`, \`notice.message\` and the properties below. In formats other than \`zitadel\` its type is \`forwarder.\` and
the notice's type. Every \`include\` of a filter lets notices through; only an \`exclude\` keeps them out. A notice that is
repeated after a restart has the same \`id\`.`;

/** The text of the page. */
export function renderNoticesPage(): string {
  const sections = Object.entries(noticeTypes).map(([type, description]) => {
    const { meaning, remedy, properties } = description;
    const sometimes: { [name: string]: string } = "sometimes" in description ? description.sometimes : {};
    const rows = [
      ...Object.entries(properties).map(([name, what]) => [`\`${name}\``, what]),
      ...Object.entries(sometimes).map(([name, what]) => [`\`${name}\``, `${what} Not always there.`]),
    ];
    return `## ${type}\n\n${meaning}\n\nWhat to do: ${remedy}\n\n${table(["property", "what it is"], rows)}`;
  });
  return page("Notices", "forwarder/records/notice.ts", [introduction, ...sections]);
}
