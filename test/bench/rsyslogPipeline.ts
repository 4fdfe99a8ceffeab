import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnRsyslog } from "../../tools/rsyslog/rsyslog";
import type { Pipeline } from "./genericPipeline";

/** So many messages rsyslog gives to an action at once: as many as the forwarder puts into a batch. */
const BATCH = 500;

/** An action of rsyslog: its type, its templates and its settings in rsyslog's own language. */
export interface Action {
  type: string;
  /** The module that it is of, where that is not built in. */
  module?: string;
  /** By name; `record` is what it makes of a line. */
  templates: { record: string; [name: string]: string };
  settings: string;
  /** PEM of the authority that signed the receiver's certificate. */
  authority?: string;
}

/** A rsyslog with an input of files, and an action with a queue on disk. */
export const rsyslogPipeline =
  ({ type, module, templates, settings, authority }: Action): Pipeline =>
  (folder, lines) => {
    const put = (name: string, text: string) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return JSON.stringify(file);
    };
    const trust = authority && `defaultNetstreamDriverCAFile=${put("authority.pem", authority)}`;
    put(
      "rsyslog.conf",
      `
global(workDirectory=${JSON.stringify(folder)} maxMessageSize="64k" ${trust ?? ""})
module(load="imfile")
${module === undefined ? "" : `module(load=${JSON.stringify(module)})`}
input(type="imfile" file=${JSON.stringify(lines)} tag="zitadel" persistStateInterval="${BATCH}")
${Object.entries(templates)
  .map(([name, text]) => `template(name="${name}" type="string" string=${JSON.stringify(text)})`)
  .join("\n")}
action(type=${JSON.stringify(type)} template="record" ${settings} queue.type="Disk" queue.filename="queue"
  queue.dequeueBatchSize="${BATCH}" queue.saveOnShutdown="on" action.resumeRetryCount="-1")
`,
    );
    return spawnRsyslog(folder);
  };
