package wirebook.engine.dns.delv;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.MessageText;
import wirebook.engine.dns.delv.DelvOptions.Plus;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.engine.dns.resolver.ExtendedError;
import wirebook.engine.dns.resolver.Question;
import wirebook.engine.dns.resolver.RecordSet;
import wirebook.engine.dns.resolver.Resolution;
import wirebook.engine.dns.resolver.Step;
import wirebook.engine.dns.resolver.Validation;

/**
 * What delv logs of its way, on standard error. BIND's validator begins at the answer and asks for
 * what it lacks; ours begins at the root. The lines are put into BIND's order, of what ours found.
 */
final class DelvTrace {
  private final DelvOptions options;
  private final String server;
  private final PrintStream err;
  private final Map<Question, Resolution> found = new HashMap<>();
  private final SequencedSet<Question> fetched = new LinkedHashSet<>();

  DelvTrace(DelvOptions options, String server, PrintStream err) {
    this.options = options;
    this.server = server.replaceFirst(":(?=\\d+$)", "#");
    this.err = err;
  }

  List<DnsWalk> fetches() {
    return fetched.stream()
        .flatMap(q -> Optional.ofNullable(found.get(q)).stream())
        .map(r -> r.asWalk(/* dnssec= */ true))
        .toList();
  }

  private static String text(Name name, int type) {
    return (name.equals(Name.root) ? "." : name.toString(true)) + "/" + Type.string(type);
  }

  private void log(String words) {
    err.println(";; " + words);
  }

  private void step(Name name, int type, String words) {
    if (options.has(Plus.VTRACE)) {
      log(indent + "validating " + text(name, type) + ": " + words);
    }
  }

  /** What is validated for another's sake stands further right. */
  private String indent = "";

  /** A question was asked of the resolver. */
  void fetched(Resolution resolution) {
    Question question = resolution.question();
    found.put(question, resolution);
    if (!fetched.add(question)) {
      return;
    }
    if (options.has(Plus.RTRACE)) {
      log("fetch: " + text(question.name(), question.type()));
    }
    if (options.has(Plus.MTRACE)) {
      for (Step.Asked asked : resolution.asked()) {
        asked
            .reply()
            .ifPresent(
                reply -> {
                  log("received packet from " + server);
                  err.print(
                      DnsMessage.parse(reply) instanceof DnsMessage.Parsed.Read read
                          ? MessageText.whole(read.message())
                              .replaceFirst("QUERY: (?=\\d)", "QUESTION: ")
                              .replaceFirst("id: ", "id:  ")
                          : ";; it is malformed\n");
                  err.println();
                });
      }
    }
  }

  /** No answer that could be used. */
  void unanswered(Resolution resolution) {
    String question =
        "'" + text(resolution.question().name(), resolution.question().type()) + "/IN'";
    resolution.asked().stream()
        .filter(a -> a.reply().isEmpty())
        .map(Step.Asked::result)
        .map(r -> r instanceof Step.Result.Silence ? "timed out" : r.words())
        .findFirst()
        .ifPresent(
            r ->
                log(
                    r.toLowerCase(java.util.Locale.ROOT)
                        + " resolving "
                        + question
                        + ": "
                        + server));
    boolean answered = resolution.asked().stream().anyMatch(a -> a.reply().isPresent());
    if (answered && resolution.rcode() != Rcode.SERVFAIL) {
      log(
          Rcode.string(resolution.rcode())
              + " unexpected RCODE resolving "
              + question
              + ": "
              + server);
    }
  }

  /** What a verdict needed to know is put in BIND's order. */
  void validated(Resolution part, Validation validation, List<Resolution> asked) {
    bad =
        validation.chain().stream()
            .filter(l -> l.state() == Validation.Link.State.BROKEN)
            .findFirst();
    code = validation.errors().stream().findFirst().map(ExtendedError::code).orElse(0);
    judged = Optional.of(part);
    asked.forEach(a -> found.put(a.question(), a));
    List<Record> all = new ArrayList<>(part.answer());
    all.addAll(part.authority());
    boolean signed = all.stream().anyMatch(RRSIGRecord.class::isInstance);
    if (validation.security() == Validation.Security.INSECURE || !signed) {
      Name name = part.question().name();
      int type = part.question().type();
      step(name, type, "starting");
      step(name, type, "attempting insecurity proof");
      for (DnsWalk lookup : validation.lookups()) {
        if (lookup.question().type().code() == Type.DS) {
          Name cut = Name.fromConstantString(lookup.question().name().toString());
          step(name, type, "checking existence of DS at '" + cut.toString(true) + "'");
          if (fetch(cut, Type.DS)) {
            step(name, type, "in fetch_callback_ds");
            step(name, type, "resuming proveunsecure");
          }
        }
      }
      if (validation.security() == Validation.Security.INSECURE) {
        step(name, type, "marking as answer (proveunsecure)");
      }
      return;
    }
    boolean denial = part.answer().isEmpty();
    Question question = part.question();
    if (denial) {
      step(question.name(), question.type(), "starting");
      step(
          question.name(), question.type(), "attempting negative response validation from message");
      indent = "  ";
    }
    for (RecordSet set : RecordSet.group(all)) {
      if (!set.records().isEmpty() && !set.signatures().isEmpty()) {
        validate(set);
      }
    }
    indent = "";
    if (denial && !explained) {
      step(question.name(), question.type(), "nonexistence proof(s) found");
    }
  }

  /** Whether it had to be asked for now. */
  private boolean fetch(Name name, int type) {
    Resolution resolution = found.get(new Question(name, type));
    if (resolution == null || fetched.contains(resolution.question())) {
      return false;
    }
    fetched(resolution);
    String before = indent;
    indent = "";
    List<Record> all = new ArrayList<>(resolution.answer());
    if (all.isEmpty()) {
      all.addAll(resolution.authority());
    }
    for (RecordSet set : RecordSet.group(all)) {
      if (!set.records().isEmpty() && !set.signatures().isEmpty()) {
        validate(set);
      }
    }
    indent = before;
    return true;
  }

  private void validate(RecordSet set) {
    Name name = set.name();
    int type = set.type();
    Name signer = set.signatures().getFirst().getSigner();
    step(name, type, "starting");
    step(name, type, "attempting positive response validation");
    if (type == Type.DNSKEY) {
      if (fetch(name, Type.DS)) {
        step(name, type, "in fetch_callback_ds");
        step(name, type, "dsset with trust secure");
      }
    } else {
      boolean now = fetch(signer, Type.DNSKEY);
      if (now) {
        step(name, type, "in fetch_callback_dnskey");
      }
      if (explained) {
        if (now) {
          step(name, type, "fetch_callback_dnskey: got failure");
        }
        return;
      }
      step(name, type, "keyset with trust secure");
      if (now) {
        step(name, type, "resuming validate");
      }
    }
    verified(set);
  }

  /** What hangs on a broken link is validated no more. */
  private void verified(RecordSet set) {
    if (explained) {
      return;
    }
    int type = set.type();
    if (bad.filter(l -> name(l).equals(set.name()) && l.what().equals(Type.string(type)))
        .isPresent()) {
      explain(bad.get());
      return;
    }
    step(
        set.name(),
        type,
        "verify rdataset (keyid=" + set.signatures().getFirst().getFootprint() + "): success");
    step(
        set.name(),
        type,
        type == Type.DNSKEY
            ? "marking as secure (DS)"
            : "marking as secure, noqname proof not needed");
  }

  private Optional<Validation.Link> bad = Optional.empty();
  private Optional<Resolution> judged = Optional.empty();
  private int code;
  private boolean explained;

  /** Says what is wrong, and gives the words for all of it. */
  String bogus(Resolution part, Question asked) {
    String question = "'" + text(asked.name(), asked.type()) + "/IN'";
    Optional<Resolution> refused =
        bad.map(l -> found.get(new Question(name(l), Type.value(l.what()))))
            .filter(r -> r.rcode() != Rcode.NOERROR && r.rcode() != Rcode.NXDOMAIN);
    if (refused.isPresent()) {
      unanswered(refused.get());
      return failed("broken trust chain", question);
    }
    if (bad.isEmpty()
        || code == ExtendedErrorCodeOption.RRSIGS_MISSING
        || (isOfKeys(bad.get()) && isEmpty(bad.get()))) {
      return failed("insecurity proof failed", question);
    }
    Validation.Link link = bad.get();
    explain(link);
    if (!isOfKeys(link) && !link.what().equals("DS")) {
      return failed(reason(link), question);
    }
    boolean first = true;
    for (RecordSet set : RecordSet.group(part.authority())) {
      if (!first && !set.records().isEmpty() && part.answer().isEmpty()) {
        String what = text(name(link), Type.value(link.what()));
        log("  validating " + text(set.name(), set.type()) + ": bad cache hit (" + what + ")");
      }
      first = false;
    }
    return failed("broken trust chain", question);
  }

  private static boolean isOfKeys(Validation.Link link) {
    return link.what().equals("DNSKEY");
  }

  private String outdated() {
    return code == ExtendedErrorCodeOption.SIGNATURE_EXPIRED
        ? "RRSIG has expired"
        : code == ExtendedErrorCodeOption.SIGNATURE_NOT_YET_VALID
            ? "RRSIG validity period has not begun"
            : "";
  }

  private String reason(Validation.Link link) {
    return isOfKeys(link) || code == ExtendedErrorCodeOption.DNSKEY_MISSING
        ? "no valid RRSIG"
        : outdated().isEmpty() ? "RRSIG failed to verify" : outdated();
  }

  /** Once, where it is met. */
  private void explain(Validation.Link link) {
    if (explained) {
      return;
    }
    explained = true;
    Name zone = name(link);
    int type = Type.value(link.what());
    String what = text(zone, type);
    if (!outdated().isEmpty()) {
      for (RRSIGRecord signature : signatures(zone, type)) {
        log(
            "validating "
                + what
                + ": verify failed due to bad signature (keyid="
                + signature.getFootprint()
                + "): "
                + outdated());
      }
    }
    if (isOfKeys(link)) {
      boolean missing = code == ExtendedErrorCodeOption.DNSKEY_MISSING;
      step(zone, type, missing ? "no DNSKEY matching DS" : "no RRSIG matching DS key");
    }
    log("validating " + what + ": no valid signature found" + (isOfKeys(link) ? " (DS)" : ""));
    if (isOfKeys(link) || link.what().equals("DS")) {
      log(reason(link) + " resolving '" + what + "/IN': " + server);
    }
  }

  private String failed(String reason, String question) {
    log(reason + " resolving " + question + ": " + server);
    return reason;
  }

  private static Name name(Validation.Link link) {
    return Name.fromConstantString(link.zone().toString());
  }

  private boolean isEmpty(Validation.Link link) {
    Resolution keys = found.get(new Question(name(link), Type.DNSKEY));
    return keys == null || keys.answer().isEmpty();
  }

  private List<RRSIGRecord> signatures(Name name, int type) {
    List<Record> all = new ArrayList<>();
    Optional.ofNullable(found.get(new Question(name, type))).ifPresent(r -> all.addAll(r.answer()));
    judged.ifPresent(r -> all.addAll(r.answer()));
    judged.ifPresent(r -> all.addAll(r.authority()));
    return RecordSet.group(all).stream()
        .filter(s -> s.name().equals(name) && s.type() == type)
        .findFirst()
        .map(RecordSet::signatures)
        .orElse(List.of())
        .stream()
        .distinct()
        .toList();
  }
}
