import type { Facts, FunctionFact, PropertyFact, ResourceFact } from "../../tools/zitadel-sdk/facts";

type Values = Record<string, { value: unknown; secret?: true }>;

/** What a program declares, in a form that every language can read. */
export interface Plan {
  resources: {
    name: string;
    kind: string;
    args: Values;
    /** The name of the provider to go through. */
    provider?: string;
    /** The id to look up, instead of making a new one. */
    lookup?: string;
  }[];
  functions: { name: string; args: Values }[];
  /** Keys of the configuration whose values a provider named "configured" is made of. */
  config: ("domain" | "insecure" | "jwtProfileFile" | "jwtProfileJson" | "port" | "token")[];
}

/**
 * Everything that a request can tell about each class and function: all inputs, all of them secret, each one left
 * out in turn, a lookup, another provider.
 */
export function planOf(facts: Facts): Plan {
  return {
    resources: [facts.provider, ...facts.resources].flatMap((fact) => resources(fact, facts)),
    functions: facts.functions.flatMap(calls),
    config: facts.config.map(({ name }) => name as Plan["config"][number]),
  };
}

function resources(fact: ResourceFact, facts: Facts): Plan["resources"] {
  const kind = fact.name;
  const name = (text: string) => `${kind} ${text}`;
  const declared: Plan["resources"] = [
    { name: name("with all"), kind, args: valuesOf(fact.inputs) },
    { name: name("with secrets"), kind, args: valuesOf(fact.inputs, true) },
    ...fact.inputs.map((left) => ({
      name: name(`without ${left.name}`),
      kind,
      args: valuesOf(fact.inputs.filter((input) => input !== left)),
    })),
  ];
  if (fact !== facts.provider) {
    const args = valuesOf(fact.inputs);
    declared.push(
      { name: name("by a provider"), kind, args, provider: "Provider with all" },
      { name: name("looked up"), kind, args: valuesOf(fact.outputs), lookup: "111111111111111111" },
    );
  }
  return declared;
}

function calls(fact: FunctionFact): Plan["functions"] {
  const all = valuesOf(fact.inputs);
  const required = valuesOf(fact.inputs.filter((input) => input.required));
  return [fact.name, `${fact.name}Output`].flatMap((name) => [
    { name, args: all },
    { name, args: required },
  ]);
}

function valuesOf(properties: PropertyFact[], secret?: true): Values {
  const sample = (property: PropertyFact) => {
    const text = `a value of ${property.name}`;
    if (typeof property.type === "object") {
      return [text, "another"];
    }
    return property.type === "boolean" ? true : property.type === "string" ? text : 7;
  };
  return Object.fromEntries(
    properties.map((property) => [property.name, { value: sample(property), ...(secret && { secret }) }]),
  );
}
