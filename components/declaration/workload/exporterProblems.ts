import type { Problem } from "../../../contract";
import { defaults } from "../../../contract/declaration/defaults";
import { contribExporters } from "../../../contract/destinations/exporters";
import { nearest } from "../../../contract/schema/pattern";
import type { ForwarderArgs } from "../../arguments";
import { objectOf } from "./known";

/** Exporters that the default Collector does not have; what another image has is not known. */
export function exporterProblems({ destinations, collectorImage }: ForwarderArgs): Problem[] {
  if (collectorImage !== undefined && collectorImage !== defaults.collectorImage) return [];
  return destinations.flatMap(({ collector }, index) =>
    Object.keys(objectOf(collector?.exporter))
      .filter((type) => !contribExporters.includes(type))
      .map((type) => {
        const meant = nearest(type, contribExporters);
        return {
          path: `destinations[${index}].collector.exporter.${type}`,
          message: `is no exporter of ${defaults.collectorImage}: ${meant ? `did you mean "${meant}"? Else ` : ""}name an image that has it with \`collectorImage\``,
        };
      }),
  );
}
