import type { LoginOrganization } from "../arguments";

/** What an organization is called in names of resources and files: its name, or its id. */
export const organizationName = ({ name, id }: LoginOrganization): string => name ?? (id as string);
