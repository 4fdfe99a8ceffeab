import { rootCertificates } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { Agent, buildConnector } from "undici";
import type { CertificateAndKey } from "../tls/certificate";

/** What is known of both ends when a connection is made. */
export interface TlsIdentity {
  /** PEM certificates of authorities to trust. */
  authority?: string;
  /** With what we say who we are. */
  own?: CertificateAndKey;
}

export interface RenewedAgentOptions extends Omit<Agent.Options, "connect"> {
  /** Whether an authority that is given is trusted besides the system's, or instead of them. */
  authority: "besides the system's" | "alone";
}

/** An agent whose certificates rotate. */
export class RenewedAgent {
  #current: { identity: TlsIdentity; agent: Agent } | undefined;

  constructor(private readonly options: RenewedAgentOptions) {}

  /**
   * The agent for connections of this identity: a new one when it is another than last. Requests under way end on
   * their connections.
   *
   * @param check throws where an identity that is new is of no use: then the last agent stays
   */
  of(identity: TlsIdentity, check: () => void = () => {}): Agent {
    if (this.#current && isDeepStrictEqual(this.#current.identity, identity)) return this.#current.agent;
    check();
    void this.#current?.agent.close();
    const { authority: trust, ...options } = this.options;
    const { authority, own } = identity;
    // Node takes `ca` instead of the system's authorities, so these go along where they are trusted too.
    const ca = trust === "alone" ? authority : authority && [...rootCertificates, authority];
    const connect = createConnector({ ...own, ...(ca !== undefined && { ca }) });
    this.#current = { identity, agent: new Agent({ ...options, connect }) };
    return this.#current.agent;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#current?.agent.destroy();
  }
}

/**
 * Makes the connections of an Agent. With TLS 1.3 a server refuses a client certificate after the connection seems to
 * be made: first comes its alert, then the end. Undici would say of that only that the other side has closed.
 */
function createConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (to, callback) =>
    connect(to, (...made) => {
      const [, socket] = made;
      socket?.once("error", (error) => socket.destroy(error));
      callback(...made);
    });
}
