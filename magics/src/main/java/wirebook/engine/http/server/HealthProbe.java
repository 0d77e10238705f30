package wirebook.engine.http.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import wirebook.net.Network;

/** Asks a server how it is. Each question has its own connection, as a client's would. */
public final class HealthProbe {
  private HealthProbe() {}

  /** Why its port takes no connection; empty when it does. */
  public static Optional<String> port(Network network, URI url, Duration timeout) {
    try (UpstreamConnection _ = UpstreamConnection.open(network, url, timeout, timeout)) {
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(why(url, e));
    }
  }

  /**
   * What is wrong with the answer at this path; empty when it is 200 to 399 (as Kubernetes has it).
   */
  public static Optional<String> path(Network network, URI url, Duration timeout) {
    CompletableFuture<Optional<String>> result = new CompletableFuture<>();
    CompletableFuture<UpstreamConnection> open = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("probe")
        .start(
            () -> {
              try (UpstreamConnection connection =
                  UpstreamConnection.open(network, url, timeout, timeout)) {
                open.complete(connection);
                result.complete(asked(connection, url));
              } catch (IOException e) {
                result.complete(Optional.of(why(url, e)));
              }
            });
    try {
      // An answer that comes byte by byte keeps within every time-out of a socket.
      return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return Optional.of("said nothing for " + timeout.toMillis() + " ms");
    } catch (ExecutionException e) {
      return Optional.of(String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("was not asked");
    } finally {
      open.thenAccept(UpstreamConnection::close);
    }
  }

  private static Optional<String> asked(UpstreamConnection connection, URI url) throws IOException {
    connection.send(
        "GET",
        url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery()),
        new Headers(
            List.of(
                new Headers.Field("Host", url.getAuthority()),
                new Headers.Field("User-Agent", "wirebook-probe"),
                new Headers.Field("Connection", "close"))),
        InputStream.nullInputStream(),
        OptionalLong.of(0));
    int status = connection.head().status();
    return status >= 200 && status < 400 ? Optional.empty() : Optional.of("answered " + status);
  }

  private static String why(URI url, IOException failure) {
    return switch (failure) {
      case ConnectException _ -> "nothing listens on port " + url.getPort();
      case SocketTimeoutException _ -> "no connection came about";
      default -> String.valueOf(failure.getMessage());
    };
  }
}
