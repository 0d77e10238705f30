package wirebook.engine.http.load;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import wirebook.engine.http.HttpHeader;
import wirebook.trace.Bytes;

/**
 * What load to put on a server.
 *
 * @param connections at a time; each carries one request after the other
 * @param duration after which no request begins
 * @param count requests in all, instead of a duration
 * @param rate requests a second, begun at fixed times whether answers come or not (open model);
 *     empty: each connection asks again as soon as it has its answer (closed model)
 * @param timeout how long an answer may take
 * @param fresh whether each request looks the name up anew, and has a connection of its own to the
 *     first address: as a simple client does
 */
public record LoadPlan(
    URI url,
    String method,
    List<HttpHeader> headers,
    Bytes body,
    int connections,
    Optional<Duration> duration,
    OptionalLong count,
    OptionalDouble rate,
    Duration timeout,
    boolean fresh) {
  public LoadPlan {
    headers = List.copyOf(headers);
  }
}
