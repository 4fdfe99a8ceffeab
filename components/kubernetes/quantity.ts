const factors: { [suffix: string]: number } = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A Kubernetes quantity as a number, of storage in bytes: `4Gi`, `500M`, `1.5Ti`, `2e9`; undefined when it is not one.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function amountOf(text: string): number | undefined {
  const [, number, suffix = ""] = /^\+?(\d+\.?\d*|\.\d+)([A-Za-z]{0,2}|[eE][+-]?\d{1,2})$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  if (/^[eE]./.test(suffix) && suffix !== "Ei") return Number(`${number}${suffix}`);
  const factor = factors[suffix];
  return factor && Number(number) * factor;
}

/** The same in whole bytes. */
export function parseQuantity(text: string): number | undefined {
  const amount = amountOf(text);
  return amount === undefined ? undefined : Math.floor(amount);
}
