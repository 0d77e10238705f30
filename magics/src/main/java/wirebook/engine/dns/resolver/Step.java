package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import wirebook.trace.Bytes;

/** One decision of the resolver, with its reason. */
public sealed interface Step {
  /** A line for a person. */
  String words();

  /** A question is looked into: the one asked, or one that came up on the way. */
  record Walk(Question question, String why, List<Step> steps) implements Step {
    public Walk {
      steps = List.copyOf(steps);
    }

    @Override
    public String words() {
      return question + (why.isEmpty() ? "" : ": " + why);
    }
  }

  /** The cache had it. */
  record Hit(Question question, String what, Credibility credibility, String origin, Duration left)
      implements Step {
    @Override
    public String words() {
      return "cache hit: "
          + what
          + ", from "
          + origin
          + ", good for "
          + left.toSeconds()
          + " s more";
    }
  }

  /** The cache had nothing: the walk begins at the deepest zone whose servers are known. */
  record Start(Question question, Name zone, int servers, String origin) implements Step {
    @Override
    public String words() {
      return "cache miss; the closest zone known is "
          + zone
          + ", "
          + servers
          + (servers == 1 ? " server" : " servers")
          + " (from "
          + origin
          + ")";
    }
  }

  /**
   * A server was asked.
   *
   * @param why this one
   * @param minimised whether less than the whole name was asked (RFC 9156)
   * @param result what came of it
   */
  record Asked(
      Name zone,
      Name server,
      InetAddress address,
      Upstream.Transport transport,
      Question question,
      boolean minimised,
      String why,
      Bytes query,
      Optional<Bytes> reply,
      Duration took,
      Result result)
      implements Step {
    @Override
    public String words() {
      return String.format(
          Locale.ROOT,
          "%s: ask %s (%s)%s for %s%s, %s -> %s, %.1f ms",
          zone,
          server,
          address.getHostAddress(),
          transport == Upstream.Transport.TCP ? " over TCP" : "",
          question,
          minimised ? " (minimised)" : "",
          why,
          result.words(),
          took.toNanos() / 1_000_000.0);
    }
  }

  /** What came of asking a server. */
  sealed interface Result {
    String words();

    /**
     * Others know more.
     *
     * @param addresses of theirs that came along
     */
    record Referral(Name zone, int servers, int addresses) implements Result {
      @Override
      public String words() {
        return "referral to "
            + zone
            + ", "
            + count(servers, "server")
            + ", "
            + (addresses == 0 ? "no glue" : "glue: " + count(addresses, "address"));
      }
    }

    record Answer(int records, boolean authoritative) implements Result {
      @Override
      public String words() {
        return (authoritative ? "answer, " : "answer without authority, ")
            + count(records, "record");
      }
    }

    record Alias(Name target) implements Result {
      @Override
      public String words() {
        return "alias to " + target;
      }
    }

    /** There is no such name, or it has no such records. */
    record Denial(String words) implements Result {}

    /** A reply that has yet to be read, or that was read elsewhere. */
    record Reply(String words) implements Result {}

    /** Nothing, or nothing that helps. */
    record Failure(String words) implements Result {}

    private static String count(int number, String noun) {
      return number + " " + noun + (number == 1 ? "" : noun.endsWith("s") ? "es" : "s");
    }
  }

  /** A part of a reply was not believed. */
  record Refused(String record, String why) implements Step {
    @Override
    public String words() {
      return "not believed: " + record + ": " + why;
    }
  }

  /** An alias leads on. */
  record Followed(Name from, int type, Name to) implements Step {
    @Override
    public String words() {
      return Type.string(type) + ": " + from + " is " + to;
    }
  }

  /** Anything else that was decided. */
  record Note(String words) implements Step {}

  /** The end of a walk without an answer. */
  record Stopped(String why) implements Step {
    @Override
    public String words() {
      return "gave up: " + why;
    }
  }
}
