import { buildConnector } from "undici";

/**
 * Makes the connections of an Agent. With TLS 1.3 a server refuses a client certificate after the connection seems to
 * be made: first comes its alert, then the end. Undici would say of that only that the other side has closed.
 */
export function createConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (to, callback) =>
    connect(to, (...made) => {
      const [, socket] = made;
      socket?.once("error", (error) => socket.destroy(error));
      callback(...made);
    });
}
