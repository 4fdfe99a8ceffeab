import type { Problem } from "../../../contract";
import type { ForwarderArgs } from "../../arguments";
import type { Read } from "../read";
import { exporterProblems } from "./exporterProblems";
import { labelProblems } from "./labelProblems";
import { monitoringProblems } from "./monitoringProblems";
import { podTemplateProblems } from "./podTemplateProblems";
import { resourceProblems } from "./resourceProblems";

/** What is wrong with how a forwarder is put into the cluster, as far as `read` knows it. */
export function workloadProblems(args: ForwarderArgs, read: Read): Problem[] {
  const { labels, annotations, serviceAccount = {}, monitoring = {} } = args;
  return [
    ...labelProblems({ labels, annotations }),
    ...labelProblems({ annotations: serviceAccount.annotations }, "serviceAccount."),
    ...labelProblems({ labels: monitoring.labels }, "monitoring."),
    ...podTemplateProblems(args.podTemplate, read),
    ...resourceProblems(args, read),
    ...monitoringProblems(args),
    ...exporterProblems(args),
  ];
}
