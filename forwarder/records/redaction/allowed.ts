import type { EventFields } from "./fields";

/** What is known of one field of a payload, and of the fields within it. */
export interface Field {
  /** The value leaves when it is a string, number, boolean or null, or a list of them. */
  leaves: boolean;
  /** The value never leaves, whatever it holds. */
  secret: boolean;
  /** Released by configuration: the value leaves whole, but for what is secret in it. */
  released: boolean;
  /** The fields within, by name; a list's fields are those of its elements. */
  within: Map<string, Field>;
}

/** The lists of a table entry as a tree to walk along with a payload. */
export function compileFields(entry: EventFields | undefined, released: readonly string[] = []): Field {
  const root = newField();
  if (entry) {
    for (const path of entry.leaves) fieldAt(root, path).leaves = true;
    for (const path of entry.withheld) fieldAt(root, path);
    for (const path of entry.secret) fieldAt(root, path).secret = true;
  }
  for (const path of released) fieldAt(root, path).released = true;
  return root;
}

function fieldAt(root: Field, path: string): Field {
  let field = root;
  for (const name of path.split(".")) {
    let next = field.within.get(name);
    if (!next) {
      next = newField();
      field.within.set(name, next);
    }
    field = next;
  }
  return field;
}

function newField(): Field {
  return { leaves: false, secret: false, released: false, within: new Map() };
}
