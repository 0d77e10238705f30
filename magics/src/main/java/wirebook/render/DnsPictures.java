package wirebook.render;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.DnsStep;
import wirebook.engine.dns.Inet;
import wirebook.render.SequenceDiagram.Kind;
import wirebook.render.SequenceDiagram.Lane;
import wirebook.render.SequenceDiagram.Message;

/** Look-ups as pictures. */
public final class DnsPictures {
  /** More would be too small to read; the trace has them all. */
  private static final int MOST_STEPS = 12;

  private DnsPictures() {}

  /**
   * The walk from the root to the answer: a lane for each server, the questions and where they led.
   */
  public static Picture walk(DnsLookup lookup) {
    List<DnsStep> all = lookup.steps();
    List<DnsStep> steps = all.subList(0, Math.min(all.size(), MOST_STEPS));
    List<Lane> lanes = new ArrayList<>(List.of(new Lane("this host", "dig", "")));
    List<Message> messages = new ArrayList<>();
    for (DnsStep step : steps) {
      int server = lane(lanes, step);
      boolean answered = !(step.outcome() instanceof DnsStep.Outcome.Failed);
      messages.add(
          new Message(0, server, question(step), Optional.empty(), Kind.QUESTION, answered));
      messages.add(
          new Message(
              server,
              0,
              outcome(step),
              answered ? Optional.of(step.roundTrip()) : Optional.empty(),
              kind(step.outcome()),
              answered));
    }
    return new SequenceDiagram(lanes, messages, line(all, steps.size())).picture();
  }

  private static int lane(List<Lane> lanes, DnsStep step) {
    String address = Inet.text(step.server().getAddress());
    Lane lane =
        new Lane(zone(step), step.serverName().equals(address) ? "" : step.serverName(), address);
    int known = lanes.indexOf(lane);
    if (known >= 0) {
      return known;
    }
    lanes.add(lane);
    return lanes.size() - 1;
  }

  private static String zone(DnsStep step) {
    return step.zone()
        .map(zone -> zone.isRoot() ? "the root" : zone.toString())
        .orElse("the resolver");
  }

  private static String question(DnsStep step) {
    return step.question().name() + " " + step.question().type() + "?";
  }

  private static String outcome(DnsStep step) {
    return switch (step.outcome()) {
      case DnsStep.Outcome.Referral(var zone, var servers) ->
          (zone.isRoot() ? "the root has " : "ask " + zone + ": ")
              + (servers.size() == 1 ? "1 server" : servers.size() + " servers");
      case DnsStep.Outcome.Answer(var records) -> answer(step, records);
      case DnsStep.Outcome.NoAnswer(var rcode) ->
          rcode.toString().equals("NOERROR") ? "no such record" : rcode.toString();
      case DnsStep.Outcome.Failed(var failure) -> failure.words();
    };
  }

  private static String answer(DnsStep step, List<DnsRecord> records) {
    List<DnsRecord> wanted =
        records.stream().filter(r -> r.type().equals(step.question().type())).toList();
    List<DnsRecord> shown = wanted.isEmpty() ? records : wanted;
    return shown.getFirst().text()
        + (shown.size() > 1 ? " and " + (shown.size() - 1) + " more" : "");
  }

  private static Kind kind(DnsStep.Outcome outcome) {
    return switch (outcome) {
      case DnsStep.Outcome.Referral _ -> Kind.REFERRAL;
      case DnsStep.Outcome.Answer _ -> Kind.ANSWER;
      case DnsStep.Outcome.NoAnswer _ -> Kind.FAILURE;
      case DnsStep.Outcome.Failed _ -> Kind.FAILURE;
    };
  }

  private static String line(List<DnsStep> steps, int shown) {
    if (steps.isEmpty()) {
      return "The walk: nothing was asked";
    }
    String way =
        steps.subList(0, shown).stream()
            .map(step -> zone(step) + " (" + outcome(step) + ")")
            .collect(Collectors.joining(" → "));
    int left = steps.size() - shown;
    return "The walk: " + way + (left > 0 ? " → " + left + " more steps" : "");
  }
}
