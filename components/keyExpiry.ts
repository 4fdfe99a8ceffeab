/** An RFC 3339 time in UTC and whole seconds, the form in which ZITADEL's provider gives an expiry back. */
export function utcSeconds(time: string): string {
  return `${new Date(time).toISOString().slice(0, "2027-01-01T00:00:00".length)}Z`;
}
