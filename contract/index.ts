export {
  type Configuration,
  type ConfigurationInput,
  checkConfiguration,
  configurationSchema,
  type DestinationConfiguration,
  type EventsFilter,
} from "./configuration";
export { kindsIn } from "./destinations";
export { filterWarnings, type Selection, severities } from "./destinations/filter";
export {
  defaultOcsfVersion,
  type OcsfVersion,
  ocsfVersions,
  type RecordFormat,
  recordFormats,
} from "./destinations/formats";
export type { AcknowledgementLevel } from "./destinations/kind";
export { type PersonalClass, personalClasses } from "./destinations/personalData";
export {
  type DestinationKind,
  type DestinationSettings,
  type DestinationSettingsInput,
  destinationKinds,
  kindNames,
  kindOf,
} from "./destinations/registry";
export { type SyslogFacility, syslogFacilities } from "./destinations/syslog";
export { MAX_AGGREGATE_TYPES, MAX_EVENT_TYPES } from "./events";
export type { Problem } from "./schema/problems";
export { isTime } from "./schema/values";
