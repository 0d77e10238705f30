package wirebook.engine.http.server;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;

/**
 * A request that is still being answered: one that hangs stands in no log.
 *
 * @param at when it had been read up to its content
 * @param going how long it has been answered for
 * @param connection the number of its connection at the server's port, 0 when that is not watched
 * @param request its method and target, of HTTP/2 with its stream
 */
public record UnderWay(
    Instant at, Duration going, long connection, InetSocketAddress remote, String request) {

  /** How it goes: {@code still being answered, 12 s}. */
  public String state() {
    return "still being answered, " + going.toSeconds() + " s";
  }

  /** The same with who asked for what. */
  public String line() {
    return "… " + Exchange.logStart(remote, at) + '"' + request + "\" " + state() + " …";
  }
}
