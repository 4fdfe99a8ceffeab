/** A property's type: a scalar, or a list of scalars. */
export type PropertyType = Scalar | { items: Scalar };
type Scalar = "string" | "boolean" | "integer" | "number";

export interface PropertyFact {
  /** The name in requests, in camelCase. */
  name: string;
  type: PropertyType;
  required: boolean;
  /** One line, or empty where the provider has none. */
  description: string;
  /** The value travels as the JSON text of itself: Pulumi's rule for provider arguments that are no strings. */
  json?: true;
}

export interface ResourceFact {
  /** The class. */
  name: string;
  token: string;
  description: string;
  inputs: PropertyFact[];
  outputs: PropertyFact[];
  /** Outputs that the SDK itself asks the engine to keep secret. */
  secretOutputs: string[];
  /** The module under which references to such resources are registered; the provider has none. */
  module?: string;
}

export type FunctionFact = Pick<ResourceFact, "name" | "token" | "description" | "inputs" | "outputs">;

/** What the official package says about the wanted resources: the contents of sdks/zitadel/schema.json. */
export interface Facts {
  name: string;
  version: string;
  pluginDownloadURL: string;
  /** Keys of the stack configuration, without the `zitadel:` in front. */
  config: { name: string; type: Scalar }[];
  provider: ResourceFact;
  resources: ResourceFact[];
  functions: FunctionFact[];
}
