/**
 * So long the id of a login record is remembered, from the time that its script signed; a webhook call that is older
 * is refused: between the two no replay fits. Microseconds.
 */
export const REMEMBERED_MICROS = 24 * 3600 * 1_000_000;
