import { type Fields, isFields } from "./propertyValues";

/** An entry of `metadata.managedFields`. */
export interface ManagedFields {
  manager?: string;
  operation?: "Apply" | "Update";
  subresource?: string;
  apiVersion?: string;
  fieldsType?: string;
  fieldsV1?: Fields;
  time?: string;
}

/** Who creates objects: not yet the resource's own manager, because a create is no apply. */
export const CREATOR = "pulumi-kubernetes";

/** Managers whose fields an update takes over: our own creates, and those of `kubectl`. */
const ADOPTED = new Set([
  `Update ${CREATOR}`,
  "Update pulumi-resource-kubernetes",
  "Apply kubectl",
  "Update kubectl",
  "Update before-first-apply",
]);

const isAdopted = ({ operation, manager, subresource }: ManagedFields) =>
  !subresource && ADOPTED.has(`${operation} ${manager}`);

/** Whether a dry run must force, because it cannot take the creator's fields over beforehand. */
export function isOfCreator(entries: readonly ManagedFields[]): boolean {
  return entries.some(({ operation, manager }) => operation === "Update" && manager === CREATOR);
}

/** The entries with what is taken over in one for `fieldManager`; undefined if there is nothing to take over. */
export function adopted(
  entries: readonly ManagedFields[],
  fieldManager: string,
): ManagedFields[] | undefined {
  const taken = entries.filter(isAdopted);
  if (taken.length === 0) return undefined;
  const isOwn = ({ manager, operation, subresource }: ManagedFields) =>
    manager === fieldManager && operation === "Apply" && !subresource;
  const own = entries.find(isOwn);
  const others = entries.filter((entry) => !isAdopted(entry) && !isOwn(entry));
  const whole = [...(own ? [own] : []), ...taken];
  const fieldsV1 = whole.map(({ fieldsV1 = {} }) => fieldsV1).reduce(union);
  return [...others, { ...whole[0], manager: fieldManager, operation: "Apply", fieldsV1 }];
}

function union(left: Fields, right: Fields): Fields {
  const both = Object.entries(right).map(([name, inner]) => {
    const mine = left[name];
    return [name, isFields(mine) && isFields(inner) ? union(mine, inner) : inner];
  });
  return { ...left, ...Object.fromEntries(both) };
}
