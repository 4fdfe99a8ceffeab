/** The pages of docs/reference/, each with its text. */
import { renderAlertsPage } from "./alerts";
import { renderArgumentsPage } from "./arguments";
import { configurationJsonSchema, renderConfigurationPage } from "./configuration";
import { renderKindsPage } from "./kinds";
import { renderMetricsPage } from "./metrics";
import { renderNoticesPage } from "./notices";

export const referenceFiles = (): { name: string; text: string }[] => [
  { name: "arguments.md", text: renderArgumentsPage() },
  { name: "configuration.md", text: renderConfigurationPage() },
  { name: "configuration.schema.json", text: `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n` },
  { name: "kinds.md", text: renderKindsPage() },
  { name: "metrics.md", text: renderMetricsPage() },
  { name: "alerts.md", text: renderAlertsPage() },
  { name: "notices.md", text: renderNoticesPage() },
];
