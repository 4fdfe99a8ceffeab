import { ApiError, type ZitadelApi } from "./zitadelApi";
import type { Properties, Property, PropertyTable } from "./zitadelProperties";

/** A resource type: its properties, and the calls that the real provider makes for it. */
export interface Kind {
  properties: PropertyTable;
  /** What an id to import is made of, parted by colons; `id` is the resource's own. Optional ones end in "?". */
  importId: readonly string[];
  /** Makes it and answers its id and what of its state was not in the inputs. */
  create(api: ZitadelApi, inputs: Properties): Promise<{ id: string; state: Properties }>;
  /** What ZITADEL holds of it, to be laid over `state`; nothing where it is gone. */
  read(
    api: ZitadelApi,
    id: string,
    state: Properties,
  ): Promise<{ id: string; state: Properties } | undefined>;
  /** Missing where every change replaces. `changed` tells which properties differ. */
  update?(
    api: ZitadelApi,
    id: string,
    inputs: Properties,
    changed: (property: string) => boolean,
  ): Promise<void>;
  delete(api: ZitadelApi, id: string, state: Properties): Promise<void>;
}

/** What ZITADEL tells of every object. */
export interface Details {
  resourceOwner: string;
}

/** The first part of the paths that work on one organization. */
export const management = "/management/v1";

const form = /^\d{18}$/;

/** The property that every resource of an organization has. */
export const organization: Property = {
  replaces: true,
  refuse: (id) =>
    form.test(id as string) ? undefined : `id "${id}" does not match regular expression ${form.source}`,
};

/** The organization that a call is made in. */
export function organizationOf(properties: Properties): string | undefined {
  return properties.orgId as string | undefined;
}

/** The answer, or the error with what the provider says in front of it. */
export async function failing<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`);
  }
}

/** The answer, or nothing where ZITADEL says that there is no such thing. */
export async function unlessGone<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.notFound) {
      return undefined;
    }
    throw error;
  }
}
