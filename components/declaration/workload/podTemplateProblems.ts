import type { Problem } from "../../../contract";
import type { PodTemplate } from "../../arguments";
import type { Read } from "../read";
import { containersProblems } from "./containerProblems";
import { knownOf, listOf, objectOf, type Properties } from "./known";
import { labelProblems } from "./labelProblems";
import { restrictedProblems } from "./restrictedProblems";
import { variableProblems } from "./variableProblems";
import { volumesProblems } from "./volumeProblems";

/** What in a pod's template would break the forwarder or one of its promises, as far as `read` knows it. */
export function podTemplateProblems(template: PodTemplate | undefined, read: Read): Problem[] {
  if (template === undefined) return [];
  const known = objectOf(knownOf(template, read));
  return [
    ...labelProblems(known, "podTemplate."),
    ...restrictedProblems(known.securityContext, "podTemplate.securityContext"),
    ...dnsProblems(known),
    ...variableProblems(template),
    ...volumesProblems(known),
    ...containersProblems(known),
  ];
}

function dnsProblems({ dnsPolicy, dnsConfig }: Properties): Problem[] {
  const servers = objectOf(dnsConfig).nameservers;
  if (dnsPolicy !== "None" || listOf(servers).length > 0) return [];
  if (dnsConfig !== undefined && "nameservers" in objectOf(dnsConfig) && servers === undefined) return [];
  return [
    { path: "podTemplate.dnsConfig", message: "must name nameservers where dnsPolicy is None: give them" },
  ];
}
