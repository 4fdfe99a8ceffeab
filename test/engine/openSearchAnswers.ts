/** As OpenSearch answers where its API is called: no template yet, and every document of a bulk request taken. */
export function openSearchAnswer(
  method: string,
  path: string,
  body: string,
): { status: number; answer?: string } | undefined {
  if (path.includes("/_index_template/"))
    return method === "GET"
      ? { status: 404, answer: '{"error":{"type":"resource_not_found_exception","reason":""},"status":404}' }
      : { status: 200, answer: '{"acknowledged":true}' };
  if (!path.includes("/_bulk?")) return undefined;
  const actions = body.split("\n").filter((line) => line.startsWith('{"create":'));
  const items = actions.map((line) => ({ create: { _id: JSON.parse(line).create._id, status: 201 } }));
  return { status: 200, answer: JSON.stringify({ errors: false, items }) };
}
