package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.RecordType;
import wirebook.trace.Bytes;

/** One decision of the resolver, with its reason. */
public sealed interface Step {
  /** A line for a person. */
  String words();

  private static String text(DnsQuestion question) {
    return question.name() + " " + question.type();
  }

  /** A question is looked into: the one asked, or one that came up on the way. */
  record Walk(DnsQuestion question, String why, List<Step> steps) implements Step {
    public Walk {
      steps = List.copyOf(steps);
    }

    @Override
    public String words() {
      return text(question) + (why.isEmpty() ? "" : ": " + why);
    }

    /** All that were asked, in order, those of inner walks among them. */
    List<Asked> asked() {
      return steps.stream().flatMap(Walk::asked).toList();
    }

    private static Stream<Asked> asked(Step step) {
      return switch (step) {
        case Walk inner -> inner.asked().stream();
        case Asked one -> Stream.of(one);
        case Hit _, Start _, Refused _, Followed _, Note _, Stopped _ -> Stream.empty();
      };
    }

    /** An indented tree, a line a step. */
    String tree() {
      StringBuilder out = new StringBuilder();
      tree(this, 0, out);
      return out.toString();
    }

    private static void tree(Step step, int depth, StringBuilder out) {
      out.append("  ".repeat(depth)).append(step.words()).append('\n');
      if (step instanceof Walk walk) {
        walk.steps().forEach(s -> tree(s, depth + 1, out));
      }
    }
  }

  /** The cache had it. */
  record Hit(String what, Credibility credibility, String origin, Duration left) implements Step {
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
  record Start(DnsQuestion question, DnsName zone, int servers, String origin) implements Step {
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
      DnsName zone,
      DnsName server,
      InetAddress address,
      Upstream.Transport transport,
      DnsQuestion question,
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
          Inet.text(address),
          transport == Upstream.Transport.TCP ? " over TCP" : "",
          text(question),
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
    record Referral(DnsName zone, int servers, int addresses) implements Result {
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

    record Alias(DnsName target) implements Result {
      @Override
      public String words() {
        return "alias to " + target;
      }
    }

    /** There is no such name, or it has no such records. */
    record Denial(boolean ofName) implements Result {
      @Override
      public String words() {
        return ofName ? "no such name" : "no such records";
      }
    }

    /** A reply that has yet to be read, or that was read elsewhere. */
    record Reply(String words) implements Result {}

    record Silence() implements Result {
      @Override
      public String words() {
        return "no answer";
      }
    }

    /** It could not be asked, or what it said does not help. */
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
  record Followed(DnsName from, RecordType type, DnsName to) implements Step {
    @Override
    public String words() {
      return type + ": " + from + " is " + to;
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
