package wirebook.engine.dns.resolver;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.Validation.Link;
import wirebook.engine.dns.resolver.Validation.Security;
import wirebook.net.NetworkClock;

/** Puts the look-ups of a validator in order, and finds where they stop to fit. */
public final class ChainOfTrust {
  private final List<Link> links = new ArrayList<>();
  private final Map<Name, List<Record>> keys = new HashMap<>();
  private final Map<Name, List<Record>> ds = new HashMap<>();
  private final Set<Name> broken = new HashSet<>();
  private final LinkFault.Patience patience = new LinkFault.Patience();
  private final Security security;
  private final Instant now;
  private Optional<ExtendedError> fault = Optional.empty();
  private Optional<String> absent = Optional.empty();

  /**
   * Checks a resolution that was asked for with signatures.
   *
   * @param resolver finds the keys and DS records
   * @param anchors DS or DNSKEY records of the root, as a zone file
   * @throws InterruptedException when the thread was interrupted
   */
  public static Validation check(
      Resolution resolution, Lookups resolver, String anchors, NetworkClock clock)
      throws InterruptedException {
    if (resolution.rcode() == Rcode.SERVFAIL) {
      return undecided("there is no answer to check", List.of());
    }
    try {
      // One of its own, that has no keys yet: so all that it wants to know is seen.
      Validator.Judged judged = new Validator(resolver, anchors, clock).judge(resolution);
      Security security = judged.security();
      if (security == Security.INDETERMINATE) {
        return undecided(judged.reason().orElse(""), judged.lookups());
      }
      ChainOfTrust chain = new ChainOfTrust(RootHints.records(anchors), security, clock.instant());
      for (Resolution lookup : judged.lookups()) {
        chain.add(lookup);
      }
      chain.finish(resolution);
      List<ExtendedError> errors =
          security != Security.BOGUS
              ? List.of()
              : List.of(
                  chain.fault.orElseGet(
                      () ->
                          new ExtendedError(
                              ExtendedErrorCodeOption.DNSSEC_BOGUS,
                              judged.reason().orElse("no proof"))));
      String reason =
          switch (security) {
            case SECURE -> "";
            case BOGUS -> errors.getFirst().text();
            case INSECURE, INDETERMINATE ->
                chain.absent.orElseGet(() -> judged.reason().orElse(""));
          };
      return new Validation(security, reason, chain.links, walks(judged.lookups()), errors);
    } catch (IOException e) {
      return undecided("the trust anchors cannot be read: " + e.getMessage(), List.of());
    }
  }

  /** Whether a text has trust anchors of the root in it. */
  public static boolean areAnchors(String text) {
    try {
      return RootHints.records(text).stream()
          .anyMatch(
              r ->
                  r.getName().equals(Name.root)
                      && (r.getType() == Type.DS || r.getType() == Type.DNSKEY));
    } catch (IOException e) {
      return false;
    }
  }

  private static Validation undecided(String reason, List<Resolution> lookups) {
    return new Validation(Security.INDETERMINATE, reason, List.of(), walks(lookups), List.of());
  }

  private static List<DnsWalk> walks(List<Resolution> lookups) {
    return lookups.stream().map(l -> l.asWalk(/* dnssec= */ true)).toList();
  }

  private ChainOfTrust(List<Record> anchors, Security security, Instant now) {
    this.security = security;
    this.now = now;
    List<String> tags = new ArrayList<>();
    for (Record anchor : anchors) {
      if (anchor.getType() == Type.DS) {
        ds.computeIfAbsent(anchor.getName(), _ -> new ArrayList<>()).add(anchor);
      }
      tag(anchor).ifPresent(tags::add);
    }
    links.add(
        new Link(
            Name.root,
            "trust anchor",
            Link.State.GOOD,
            "key " + String.join(", ", tags) + ", known beforehand"));
  }

  private static Optional<String> tag(Record record) {
    return switch (record) {
      case DNSKEYRecord key -> Optional.of(Integer.toString(key.getFootprint()));
      case DSRecord key -> Optional.of(Integer.toString(key.getFootprint()));
      default -> Optional.empty();
    };
  }

  private void add(Resolution lookup) throws InterruptedException {
    Name zone = lookup.question().name();
    int type = lookup.question().type();
    Optional<RecordSet> set =
        RecordSet.group(lookup.answer()).stream()
            .filter(s -> s.type() == type && !s.records().isEmpty())
            .findFirst();
    List<Record> records = set.map(RecordSet::records).orElse(List.of());
    Optional<LinkFault> wrong = Optional.empty();
    if (lookup.rcode() != Rcode.NOERROR && lookup.rcode() != Rcode.NXDOMAIN) {
      wrong = LinkFault.ofRcode(zone, type, lookup.rcode());
    } else if (type == Type.DNSKEY) {
      set.ifPresent(s -> keys.put(zone, s.records()));
      wrong =
          security == Security.BOGUS
              ? LinkFault.ofKeys(zone, records, ds.getOrDefault(zone, List.of()), patience)
              : Optional.empty();
    } else if (type == Type.DS && set.isPresent()) {
      ds.put(zone, records);
    }
    if (wrong.isEmpty() && set.isPresent()) {
      wrong = check(set.get());
    }
    List<String> tags = records.stream().map(ChainOfTrust::tag).flatMap(Optional::stream).toList();
    String words;
    if (set.isEmpty()) {
      words = type == Type.DS ? "none, so from here on nothing is signed" : "none";
      if (type == Type.DS && absent.isEmpty()) {
        absent = Optional.of(zone + " is not signed: its parent proves that it has no DS record");
      }
    } else {
      words = (tags.size() > 1 ? "keys " : "key ") + String.join(", ", tags) + signed(set.get());
    }
    link(zone, Type.string(type), set.isPresent(), words, wrong);
    if (links.getLast().state() == Link.State.BROKEN) {
      broken.add(zone);
    }
  }

  /** The answer itself, or the proof that there is none. */
  private void finish(Resolution resolution) throws InterruptedException {
    if (security == Security.INSECURE || security == Security.INDETERMINATE) {
      return;
    }
    if (resolution.question().type() == Type.DNSKEY && !resolution.answer().isEmpty()) {
      // It is a link of the chain itself.
      add(resolution);
      return;
    }
    List<Record> all = new ArrayList<>(resolution.answer());
    all.addAll(resolution.authority());
    for (RecordSet set : RecordSet.group(all)) {
      if (!set.records().isEmpty()
          && (set.type() != Type.CNAME || !set.signatures().isEmpty() || !hasDname(all))) {
        String what = Type.string(set.type());
        Name signer = signer(set);
        Optional<LinkFault> wrong = check(set);
        if (security == Security.BOGUS
            && wrong.isEmpty()
            && (!keys.containsKey(signer) || isUntrusted(signer))) {
          links.add(
              new Link(
                  set.name(),
                  what,
                  Link.State.UNTRUSTED,
                  "not checked: the keys of " + signer + " are not to be trusted"));
        } else {
          link(set.name(), what, true, "records" + signed(set), wrong);
        }
      }
    }
  }

  /** The CNAME that a DNAME makes has no signature of its own (RFC 6672, 5.3.1). */
  private static boolean hasDname(List<Record> records) {
    return records.stream().anyMatch(r -> r.getType() == Type.DNAME);
  }

  /** Whether the way down to a zone leads over a broken link. */
  private boolean isUntrusted(Name zone) {
    return broken.stream().anyMatch(zone::subdomain);
  }

  private void link(
      Name zone, String what, boolean present, String words, Optional<LinkFault> wrong) {
    if (security != Security.BOGUS) {
      links.add(new Link(zone, what, present ? Link.State.GOOD : Link.State.ABSENT, words));
    } else if (wrong.isPresent()) {
      ExtendedError error = wrong.get().error();
      fault = fault.or(() -> Optional.of(error));
      links.add(new Link(zone, what, Link.State.BROKEN, error.text()));
    } else if (isUntrusted(zone)) {
      links.add(
          new Link(zone, what, Link.State.UNTRUSTED, "not checked: the chain is broken above"));
    } else {
      links.add(new Link(zone, what, present ? Link.State.GOOD : Link.State.ABSENT, words));
    }
  }

  /**
   * Only sets of zones whose keys are known can be checked, and only where the validator found
   * something wrong is there a fault to find.
   */
  private Optional<LinkFault> check(RecordSet set) throws InterruptedException {
    Name signer = signer(set);
    return security == Security.BOGUS && keys.containsKey(signer) && !isUntrusted(signer)
        ? LinkFault.ofSet(
            set.records(), set.signatures(), keys.getOrDefault(signer, List.of()), now, patience)
        : Optional.empty();
  }

  private Name signer(RecordSet set) {
    return set.signatures().stream()
        .findFirst()
        .map(RRSIGRecord::getSigner)
        .orElseGet(() -> zoneOf(set));
  }

  /** The deepest zone above, or at, a set whose keys were looked up. */
  private Name zoneOf(RecordSet set) {
    Name name =
        set.type() == Type.DS && set.name().labels() > 1 ? new Name(set.name(), 1) : set.name();
    while (!keys.containsKey(name) && name.labels() > 1) {
      name = new Name(name, 1);
    }
    return name;
  }

  private String signed(RecordSet set) {
    return set.signatures().stream()
        .findFirst()
        .map(
            s ->
                ", signed by key "
                    + s.getFootprint()
                    + " of "
                    + s.getSigner()
                    + (s.getExpire().isAfter(now)
                        ? ", good for " + LinkFault.length(Duration.between(now, s.getExpire()))
                        : ""))
        .orElse("");
  }
}
