package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What is wrong with one link of a chain of trust, in words that a zone's owner can act on. The
 * verdict is the validator's; this tells why.
 *
 * @param error for the client
 */
record LinkFault(ExtendedError error) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** How often trying may still fail: a hostile zone can have any number of keys (KeyTrap). */
  static final class Patience {
    /** As many as the validator tries for one set. */
    static final int MOST = 8;

    private int failures;

    /** Whether one more may be tried. */
    boolean allows() throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return failures < MOST;
    }

    void failed() {
      failures++;
    }
  }

  private static Optional<LinkFault> of(int code, String words) {
    return Optional.of(new LinkFault(new ExtendedError(code, words)));
  }

  /** The keys of a zone, or what its parent says of them, could not be had. */
  static Optional<LinkFault> ofRcode(Name zone, int type, int rcode) {
    return of(
        type == Type.DNSKEY
            ? ExtendedErrorCodeOption.DNSKEY_MISSING
            : ExtendedErrorCodeOption.DNSSEC_INDETERMINATE,
        "whoever was asked for the %s of %s says %s: nothing can be checked without it"
            .formatted(Type.string(type), zone, Rcode.string(rcode)));
  }

  /**
   * The keys of a zone against what its parent says of them.
   *
   * @throws InterruptedException when the thread was interrupted
   */
  static Optional<LinkFault> ofKeys(
      Name zone, List<Record> keys, List<Record> ds, Patience patience)
      throws InterruptedException {
    List<DNSKEYRecord> have =
        keys.stream().filter(DNSKEYRecord.class::isInstance).map(DNSKEYRecord.class::cast).toList();
    List<DSRecord> want =
        ds.stream().filter(DSRecord.class::isInstance).map(DSRecord.class::cast).toList();
    if (want.isEmpty()) {
      return Optional.empty();
    }
    if (have.isEmpty()) {
      return of(
          ExtendedErrorCodeOption.DNSKEY_MISSING,
          zone + " has a DS record in its parent, but no DNSKEY");
    }
    for (DSRecord one : want) {
      for (DNSKEYRecord key : have) {
        if (one.getFootprint() == key.getFootprint()
            && one.getAlgorithm() == key.getAlgorithm()
            && patience.allows()) {
          if (matches(one, key)) {
            return Optional.empty();
          }
          patience.failed();
        }
      }
    }
    return of(
        ExtendedErrorCodeOption.DNSKEY_MISSING,
        "the DS record of "
            + zone
            + " does not match: it is for key "
            + want.getFirst().getFootprint()
            + ", the zone has key "
            + String.join(
                ", ", have.stream().map(k -> Integer.toString(k.getFootprint())).toList()));
  }

  private static boolean matches(DSRecord ds, DNSKEYRecord key) {
    try {
      return ds.equals(
          new DSRecord(ds.getName(), ds.getDClass(), ds.getTTL(), ds.getDigestID(), key));
    } catch (IllegalArgumentException e) {
      // A digest that is not known proves nothing.
      return true;
    }
  }

  /**
   * A set against its signatures.
   *
   * @param keys of the zone that should have signed it
   * @param patience for the whole chain
   * @throws InterruptedException when the thread was interrupted
   */
  static Optional<LinkFault> ofSet(
      List<Record> set,
      List<RRSIGRecord> signatures,
      List<Record> keys,
      Instant now,
      Patience patience)
      throws InterruptedException {
    String what = set.getFirst().getName() + " " + Type.string(set.getFirst().getType());
    if (signatures.isEmpty()) {
      return of(
          ExtendedErrorCodeOption.RRSIGS_MISSING,
          what + " is not signed, although its parent's DS record says that the zone is");
    }
    Optional<LinkFault> worst = Optional.empty();
    for (RRSIGRecord signature : signatures) {
      Optional<LinkFault> fault = ofSignature(what, set, signature, keys, now, patience);
      if (fault.isEmpty()) {
        return fault;
      }
      worst = worst.or(() -> fault);
    }
    return worst;
  }

  private static Optional<LinkFault> ofSignature(
      String what,
      List<Record> set,
      RRSIGRecord signature,
      List<Record> keys,
      Instant now,
      Patience patience)
      throws InterruptedException {
    String words = "the signature of " + what + " by key " + signature.getFootprint();
    if (signature.getExpire().isBefore(now)) {
      return of(
          ExtendedErrorCodeOption.SIGNATURE_EXPIRED,
          words
              + " expired "
              + length(Duration.between(signature.getExpire(), now))
              + " ago ("
              + TIME.format(signature.getExpire())
              + " UTC)");
    }
    if (signature.getTimeSigned().isAfter(now)) {
      return of(
          ExtendedErrorCodeOption.SIGNATURE_NOT_YET_VALID,
          words
              + " holds only in "
              + length(Duration.between(now, signature.getTimeSigned()))
              + " ("
              + TIME.format(signature.getTimeSigned())
              + " UTC)");
    }
    List<DNSKEYRecord> makers =
        keys.stream()
            .filter(
                r ->
                    r instanceof DNSKEYRecord key
                        && key.getFootprint() == signature.getFootprint()
                        && key.getName().equals(signature.getSigner()))
            .map(DNSKEYRecord.class::cast)
            .toList();
    if (makers.isEmpty()) {
      return of(ExtendedErrorCodeOption.DNSKEY_MISSING, words + ": the zone has no such key");
    }
    for (DNSKEYRecord key : makers) {
      if (!patience.allows()) {
        return of(
            ExtendedErrorCodeOption.DNSSEC_BOGUS,
            "none of "
                + Patience.MOST
                + " pairs of a key and a signature fits "
                + what
                + ", and no more are tried: so many keys with one tag cost a resolver's time"
                + " and nothing else (KeyTrap, CVE-2023-50387)");
      }
      try {
        DNSSEC.verify(new RRset(set), signature, key, now);
        return Optional.empty();
      } catch (DNSSEC.DNSSECException | IllegalArgumentException e) {
        // The next key with the same tag, if there is one.
        patience.failed();
      }
    }
    return of(
        ExtendedErrorCodeOption.DNSSEC_BOGUS,
        words + " does not fit the records: they are not those that were signed");
  }

  /** {@code two days}: the largest unit is enough. */
  static String length(Duration duration) {
    long days = duration.toDays();
    long hours = duration.toHours();
    long minutes = duration.toMinutes();
    return days > 0
        ? count(days, "day")
        : hours > 0
            ? count(hours, "hour")
            : minutes > 0 ? count(minutes, "minute") : count(duration.toSeconds(), "second");
  }

  private static final List<String> SMALL =
      List.of(
          "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
          "eleven", "twelve");

  private static String count(long number, String unit) {
    String words = number < SMALL.size() ? SMALL.get((int) number) : Long.toString(number);
    return words + " " + unit + (number == 1 ? "" : "s");
  }
}
