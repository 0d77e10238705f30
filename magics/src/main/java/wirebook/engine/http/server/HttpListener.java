package wirebook.engine.http.server;

import java.net.InetSocketAddress;

/** A listening port and the site on it. The one implementation is Jetty's, loaded when needed. */
interface HttpListener extends AutoCloseable {
  InetSocketAddress address();

  boolean serves(Site site);

  /** From now on requests go to {@code site}; those under way end where they began. */
  void use(Site site);

  /** Endpoints that are at work. */
  int computing();

  /**
   * Stops listening, waits a few seconds at most for the requests under way, and ends what
   * endpoints still do then.
   */
  @Override
  void close();

  /** Stops at once, and cuts off its connections. */
  void kill();
}
