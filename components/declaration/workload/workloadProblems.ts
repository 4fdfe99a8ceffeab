import type { Problem } from "../../../contract";
import type { ForwarderArgs } from "../../arguments";
import type { Read } from "../read";
import { podTemplateProblems } from "./podTemplateProblems";

/** What is wrong with how a forwarder is put into the cluster, as far as `read` knows it. */
export function workloadProblems(args: ForwarderArgs, read: Read): Problem[] {
  return [...podTemplateProblems(args.podTemplate, read)];
}
