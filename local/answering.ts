import type { IncomingMessage, Server, ServerResponse } from "node:http";

/**
 * The listener of a server that answers asynchronously, with someone who takes its failure. A client that is gone in
 * the middle is none; after any other the connection ends without an answer, and standard error tells why.
 */
export function answering<Request extends IncomingMessage, Response extends ServerResponse>(
  answer: (request: Request, response: Response) => Promise<unknown>,
): (request: Request, response: Response) => void {
  return (request, response) => {
    answer(request, response).catch((error: Error) => {
      if (!request.socket.destroyed)
        console.error(`${request.method} ${request.url} could not be answered: ${error.stack}`);
      response.destroy();
    });
  };
}

/** Ends a server with its connections; resolves when they are gone. */
export function endServer(server: Pick<Server, "close" | "closeAllConnections">): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
