package wirebook.engine.dns.delv;

import java.util.List;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.engine.dns.resolver.Validation;

/**
 * What delv found.
 *
 * @param sets of the answer, aliases first; those that are bogus are not among them
 * @param status {@code success}, or why there is no answer
 * @param validations of the sets, and of what is not among them
 * @param fetches what was asked of the resolver, in delv's order
 * @param exitCode the tool's: 0 also when there is no answer
 */
public record DelvLookup(
    List<Answered> sets,
    String status,
    List<Validation> validations,
    List<DnsWalk> fetches,
    int exitCode) {
  public DelvLookup {
    sets = List.copyOf(sets);
    validations = List.copyOf(validations);
    fetches = List.copyOf(fetches);
  }

  /** How far a set can be trusted. */
  public enum Trust {
    VALIDATED("fully validated"),
    UNSIGNED("unsigned answer"),
    /** Of the zone's own server. */
    AUTHORITATIVE("authoritative"),
    NOT_VALIDATED("answer not validated");

    private final String words;

    Trust(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * A set, or the denial of one.
   *
   * @param records with the signatures behind them; of a denial, the proof
   */
  public record Answered(Trust trust, boolean negative, List<DnsRecord> records) {
    public Answered {
      records = List.copyOf(records);
    }
  }

  /** The records that were found, without signatures. */
  public List<DnsRecord> answers() {
    return sets.stream()
        .filter(s -> !s.negative())
        .flatMap(s -> s.records().stream())
        .filter(r -> !r.type().equals(wirebook.engine.dns.RecordType.RRSIG))
        .toList();
  }

  @Override
  public String toString() {
    return status
        + ", "
        + answers().size()
        + (answers().size() == 1 ? " record" : " records")
        + sets.stream().map(s -> ", " + s.trust()).distinct().reduce("", String::concat);
  }
}
