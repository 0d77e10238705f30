package wirebook.internet.topology;

import java.time.Duration;

/** The state of a host, as set for a drill. */
public sealed interface Condition {
  /** In words. */
  String words();

  record Up() implements Condition {
    @Override
    public String words() {
      return "up";
    }
  }

  /** Every packet to it is lost. */
  record Failed() implements Condition {
    @Override
    public String words() {
      return "down: nothing sent to it is answered";
    }
  }

  /** Every exchange with it takes longer. */
  record Slow(Duration extra) implements Condition {
    @Override
    public String words() {
      return "slow: each answer takes " + extra.toMillis() + " ms more";
    }
  }

  /** A share of the packets to it is lost. */
  record Lossy(int percent) implements Condition {
    @Override
    public String words() {
      return "lossy: " + percent + " % of what is sent to it is lost";
    }
  }

  /** Its name server answers, but does not know the zones that are delegated to it. */
  record Lame() implements Condition {
    @Override
    public String words() {
      return "lame: its name server refuses the zones delegated to it";
    }
  }
}
