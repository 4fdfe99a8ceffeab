/** The whole body of an answer. Throws what `tooLong` makes once it has more than so many bytes. */
export async function readBody(
  body: AsyncIterable<Buffer>,
  mostBytes: number,
  tooLong: () => Error,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLong();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes);
}

/**
 * A body's beginning, so many bytes at most. What is longer is not read to its end, which closes the connection.
 *
 * @param mayBreakOff whether a body that breaks off is taken as far as it came; else its error is thrown
 */
export async function readBeginning(
  body: AsyncIterable<Buffer>,
  mostBytes: number,
  mayBreakOff: boolean,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) break;
    }
  } catch (error) {
    if (!mayBreakOff) throw error;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes);
}
