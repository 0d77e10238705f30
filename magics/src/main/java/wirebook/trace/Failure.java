package wirebook.trace;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;

/**
 * Why something on the network did not work. Networks fail; a failure is a value in the trace, with
 * words for a person and the next thing to try.
 */
public sealed interface Failure {
  /** What happened, in one sentence without a full stop. */
  String words();

  /** What to try next, in one sentence. */
  String nextStep();

  /** Nothing came back in time. */
  record TimedOut(String what, Duration after) implements Failure {
    @Override
    public String words() {
      return "no answer from " + what + " within " + after.toMillis() + " ms";
    }

    @Override
    public String nextStep() {
      return "Check the address, and whether something on the way drops the packets (%internet shows what is up).";
    }
  }

  /** The host answered that nothing listens there. */
  record Refused(InetSocketAddress address) implements Failure {
    @Override
    public String words() {
      return "connection refused by " + HostPort.of(address);
    }

    @Override
    public String nextStep() {
      return "Nothing listens on port "
          + address.getPort()
          + (address.getAddress() != null && address.getAddress().isLoopbackAddress()
              ? ": run the cell that starts the server."
              : " there: check the port, or start the service.");
    }
  }

  /** No route, or the network is down. */
  record Unreachable(InetSocketAddress address, String reason) implements Failure {
    @Override
    public String words() {
      return HostPort.of(address) + " is unreachable: " + reason;
    }

    @Override
    public String nextStep() {
      return "Look at the routes with %ip route, and at the network in use with %internet.";
    }
  }

  /** The other side broke the connection off. */
  record Reset(InetSocketAddress address) implements Failure {
    @Override
    public String words() {
      return "connection reset by " + HostPort.of(address);
    }

    @Override
    public String nextStep() {
      return "The other side closed while data was under way: look at its log.";
    }
  }

  /** The connection ended before all was there. */
  record CutShort(String what, long expected, long received) implements Failure {
    @Override
    public String words() {
      return what + " ended after " + received + " of " + expected + " bytes";
    }

    @Override
    public String nextStep() {
      return "Ask again; if it ends at the same place, the server's length is wrong.";
    }
  }

  /** The name has no address. */
  record NameNotFound(String name) implements Failure {
    @Override
    public String words() {
      return "no address for the name " + name;
    }

    @Override
    public String nextStep() {
      return "Check the spelling, then ask the name servers: %dig " + name;
    }
  }

  /**
   * The bytes are not what the protocol allows. {@code offset} is -1 where no place can be named.
   */
  record Malformed(String what, int offset) implements Failure {
    @Override
    public String words() {
      return what + (offset < 0 ? "" : " (at byte " + offset + ")");
    }

    @Override
    public String nextStep() {
      return "The peer breaks the protocol: look at its bytes in the trace.";
    }
  }

  /** The TLS handshake did not succeed. */
  record TlsFailed(String reason) implements Failure {
    @Override
    public String words() {
      return "TLS: " + reason;
    }

    @Override
    public String nextStep() {
      return "Look at the certificate's names, issuer and dates.";
    }
  }

  /** Anything else the operating system said. */
  record Other(String reason) implements Failure {
    @Override
    public String words() {
      return reason;
    }

    @Override
    public String nextStep() {
      return "See the trace for the step at which it happened.";
    }
  }

  /** The failure that an exception of the socket API stands for. */
  static Failure of(Throwable cause, InetSocketAddress address) {
    String message =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    String lower = message.toLowerCase(Locale.ROOT);
    return switch (cause) {
      case SocketTimeoutException e -> new TimedOut(HostPort.of(address), Duration.ZERO);
      case UnknownHostException e -> new NameNotFound(address.getHostString());
      case PortUnreachableException e -> new Refused(address);
      case NoRouteToHostException e -> new Unreachable(address, message);
      case ConnectException e when lower.contains("refused") -> new Refused(address);
      case ConnectException e when lower.contains("timed out") ->
          new TimedOut(HostPort.of(address), Duration.ZERO);
      default ->
          lower.contains("reset")
              ? new Reset(address)
              : lower.contains("unreachable")
                  ? new Unreachable(address, message)
                  : new Other(message);
    };
  }
}
