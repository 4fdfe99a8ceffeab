import "./debugMessages";

export * from "./arguments";
export { AuditLogStream } from "./auditLogStream";
export { DeclarationError } from "./declaration/declarationError";
export { refuseUnknownConfiguration } from "./declaration/stackConfiguration";
export { EventsReader } from "./eventsReader";
export { Forwarder } from "./forwarder";
export type { ForwarderPorts } from "./forwarderOutputs";
export { LoginActions, type LoginBinding } from "./loginActions";
export { LoginSecrets } from "./loginSecrets";
