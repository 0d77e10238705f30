package wirebook.net;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which connections on loopback carry one of another network, and what its two ends are there: the
 * one who connects knows, and all who show either end ask here. A connection is known by the ports
 * that it really has. What nobody told of is what it seems to be.
 */
public final class Carried {
  private static final int MOST = 10_000;

  /** For how long who accepts waits for who connects to say what it is. */
  private static final long PATIENCE = Duration.ofSeconds(2).toNanos();

  /** Also of some that are closed. */
  private static final Map<Ports, Known> KNOWN =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Ports, Known> eldest) {
          return size() > MOST;
        }
      };

  private static final List<Making> MAKING = new ArrayList<>();

  private Carried() {}

  private record Ports(int client, int server) {}

  /** An end of the carried connection, and the one that it has to do with. */
  public record Ends(InetSocketAddress local, InetSocketAddress remote) {
    private Ends turned() {
      return new Ends(/* local= */ remote, /* remote= */ local);
    }
  }

  private record Known(Ends client, boolean accepted) {}

  /** One that is about to be connected to a real port. */
  public static final class Making {
    private final int server;
    private final long since = NetworkClock.SYSTEM.nanoTime();

    private Making(int server) {
      this.server = server;
    }

    /**
     * It has a real port now, before or just after it stands.
     *
     * @param ends as the client has them
     */
    public void from(int client, Ends ends) {
      synchronized (KNOWN) {
        Ports ports = new Ports(client, server);
        // A pair that had been there is now the latest.
        KNOWN.remove(ports);
        KNOWN.put(ports, new Known(ends, /* accepted= */ false));
        over();
      }
    }

    /** Nothing comes of it, or no more. */
    public void over() {
      synchronized (KNOWN) {
        MAKING.remove(this);
        KNOWN.notifyAll();
      }
    }
  }

  /** A connection that carries another is about to be made. */
  public static Making making(int server) {
    Making making = new Making(server);
    synchronized (KNOWN) {
      MAKING.add(making);
    }
    return making;
  }

  /** What the client's end of a connection stands for, or stood for when it was closed last. */
  public static Optional<Ends> client(int client, int server) {
    synchronized (KNOWN) {
      return Optional.ofNullable(KNOWN.get(new Ports(client, server))).map(Known::client);
    }
  }

  /** The same of the server's end. */
  public static Optional<Ends> server(int client, int server) {
    return client(client, server).map(Ends::turned);
  }

  /**
   * What the server's end of a connection that was just accepted stands for. The ports may be those
   * of a former one, so that each is told once.
   */
  public static Optional<Ends> accepted(int client, int server) {
    Ports ports = new Ports(client, server);
    synchronized (KNOWN) {
      try {
        while (true) {
          @Nullable Known known = KNOWN.get(ports);
          if (known != null && !known.accepted) {
            KNOWN.put(ports, new Known(known.client, /* accepted= */ true));
            return Optional.of(known.client.turned());
          }
          long now = NetworkClock.SYSTEM.nanoTime();
          MAKING.removeIf(m -> now - m.since > PATIENCE);
          if (MAKING.stream().noneMatch(m -> m.server == server)) {
            return Optional.empty();
          }
          KNOWN.wait(PATIENCE / 1_000_000);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
  }
}
