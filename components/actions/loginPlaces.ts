import { defaults } from "../../contract/declaration/defaults";
import type { LoginFlow, LoginReports, LoginTrigger } from "../arguments";

/** A flow and trigger in which an Action runs, and what ZITADEL's provider calls them. */
export interface LoginPlace {
  flow: LoginFlow;
  trigger: LoginTrigger;
  flowType: string;
  triggerType: string;
}

/** Where scripts run, by the declaration: each of its flows with each of its triggers. */
export function loginPlaces({ flows, triggers }: LoginReports): LoginPlace[] {
  return (flows ?? defaults.loginFlows).flatMap((flow) =>
    (triggers ?? defaults.loginTriggers).map((trigger) => ({
      flow,
      trigger,
      flowType: `FLOW_TYPE_${flow.toUpperCase()}_AUTHENTICATION`,
      triggerType: `TRIGGER_TYPE_${trigger.toUpperCase().replace(" ", "_")}`,
    })),
  );
}

/** Part of a resource's name: `internal-post-authentication`. */
export const placeName = ({ flow, trigger }: LoginPlace): string => `${flow}-${trigger.replace(" ", "-")}`;

/**
 * The Action's name in ZITADEL, which is its function's too: it says what it is to whoever sees it in ZITADEL's
 * console, and `mark` makes it one of its kind in its organization.
 */
export const actionName = ({ flow, trigger }: LoginPlace, mark: string): string =>
  `siemLogin_${flow}_${trigger.replace(/ ./, (start) => start[1]!.toUpperCase())}_${mark}`;
