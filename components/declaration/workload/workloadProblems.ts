import type { Problem } from "../../../contract";
import type { ForwarderArgs } from "../../arguments";
import type { Read } from "../read";
import { labelProblems } from "./labelProblems";
import { podTemplateProblems } from "./podTemplateProblems";

/** What is wrong with how a forwarder is put into the cluster, as far as `read` knows it. */
export function workloadProblems(args: ForwarderArgs, read: Read): Problem[] {
  const { labels, annotations, serviceAccount = {}, monitoring = {} } = args;
  return [
    ...labelProblems({ labels, annotations }),
    ...labelProblems({ annotations: serviceAccount.annotations }, "serviceAccount."),
    ...labelProblems({ labels: monitoring.labels }, "monitoring."),
    ...podTemplateProblems(args.podTemplate, read),
  ];
}
