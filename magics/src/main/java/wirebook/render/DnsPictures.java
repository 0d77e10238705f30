package wirebook.render;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.DnsStep;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.Rcode;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.engine.dns.resolver.Step;
import wirebook.render.SequenceDiagram.Kind;
import wirebook.render.SequenceDiagram.Lane;
import wirebook.render.SequenceDiagram.Message;
import wirebook.spi.Plural;

/**
 * The walk from the root to the answer, dig's or our resolver's, as a picture: a lane for each
 * server, the questions and where they led.
 */
public final class DnsPictures {
  /** More would be too small to read; the value has them all. */
  private static final int MOST_LANES = 9;

  private static final int MOST_STEPS = 24;

  private final List<Lane> lanes = new ArrayList<>();
  private final Map<Object, Integer> places = new HashMap<>();
  private final List<Message> messages = new ArrayList<>();
  private final List<String> way = new ArrayList<>();
  private int left;

  private DnsPictures(Lane asking) {
    lanes.add(asking);
  }

  /** The walk of {@code +trace}. */
  public static Picture walk(DnsLookup lookup) {
    DnsPictures picture = new DnsPictures(new Lane("this host", "dig", ""));
    for (DnsStep step : lookup.steps()) {
      String address = Inet.text(step.server().getAddress());
      String zone =
          step.zone().map(z -> z.isRoot() ? "the root" : z.toString()).orElse("the resolver");
      String name = step.serverName().equals(address) ? "" : step.serverName();
      Lane lane = new Lane(zone, name, address);
      boolean answered = !(step.outcome() instanceof DnsStep.Outcome.Failed);
      picture.step(
          lane,
          lane,
          step.question(),
          Optional.of(step.roundTrip()).filter(_ -> answered),
          outcome(step),
          kind(step.outcome()));
    }
    String way = picture.way.isEmpty() ? "nothing was asked" : String.join(" → ", picture.way);
    return picture.drawn(
        "The walk: " + way + (picture.left > 0 ? " → " + picture.left + " more steps" : ""));
  }

  /** The walk of our resolver; empty when nobody was asked. */
  public static Optional<Picture> walk(DnsWalk walk) {
    List<Step.Asked> asked = walk.asked();
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    DnsPictures picture = new DnsPictures(new Lane("the resolver", "%resolve", "this host"));
    for (Step.Asked step : asked) {
      String zone = step.zone().isRoot() ? "the root" : step.zone().toString();
      picture.step(
          step.address(),
          new Lane(zone, step.server().relative(), Inet.text(step.address())),
          step.question(),
          Optional.of(step.took()).filter(_ -> step.reply().isPresent()),
          step.result() instanceof Step.Result.Referral(var down, int servers, int _)
              ? referral(down.toString(), servers)
              : step.result().words(),
          kind(step.result()));
    }
    return Optional.of(
        picture.drawn(
            "The walk to "
                + walk.question().name()
                + " "
                + walk.question().type()
                + ": "
                + asked.size()
                + (asked.size() == 1 ? " query, " : " queries, ")
                + walk.status()
                + (picture.left > 0
                    ? "; " + picture.left + " of them are not in the picture"
                    : "")));
  }

  /**
   * @param server by what it is known again: the lane is the one of its first question
   * @param took until its answer came
   */
  private void step(
      Object server,
      Lane lane,
      DnsQuestion question,
      Optional<Duration> took,
      String outcome,
      Kind kind) {
    boolean room = places.containsKey(server) || lanes.size() <= MOST_LANES;
    if (!room || messages.size() >= 2 * MOST_STEPS) {
      left++;
      return;
    }
    if (places.putIfAbsent(server, lanes.size()) == null) {
      lanes.add(lane);
    }
    int place = places.getOrDefault(server, 0);
    String asked = question.name() + " " + question.type() + "?";
    boolean answered = took.isPresent();
    messages.add(new Message(0, place, asked, Optional.empty(), Kind.QUESTION, answered));
    messages.add(new Message(place, 0, outcome, took, kind, answered));
    way.add(lane.title() + " (" + outcome + ")");
  }

  private Picture drawn(String line) {
    return new SequenceDiagram(lanes, messages, line).picture();
  }

  private static String outcome(DnsStep step) {
    return switch (step.outcome()) {
      case DnsStep.Outcome.Referral(var zone, var servers) ->
          zone.isRoot()
              ? "the root has " + Plural.of(servers.size(), "server")
              : referral(zone.toString(), servers.size());
      case DnsStep.Outcome.Answer(var records) -> answer(step, records);
      case DnsStep.Outcome.NoAnswer(var rcode) ->
          rcode.equals(Rcode.NOERROR) ? "no such record" : rcode.toString();
      case DnsStep.Outcome.Failed(var failure) -> failure.words();
    };
  }

  private static String referral(String zone, int servers) {
    return "ask " + zone + ": " + Plural.of(servers, "server");
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
      // That there is none is an answer as well.
      case DnsStep.Outcome.NoAnswer(var rcode) ->
          rcode.equals(Rcode.NOERROR) || rcode.equals(Rcode.NXDOMAIN) ? Kind.ANSWER : Kind.FAILURE;
      case DnsStep.Outcome.Failed _ -> Kind.FAILURE;
    };
  }

  private static Kind kind(Step.Result result) {
    return switch (result) {
      case Step.Result.Referral _ -> Kind.REFERRAL;
      case Step.Result.Answer _, Step.Result.Alias _, Step.Result.Denial _ -> Kind.ANSWER;
      case Step.Result.Reply _, Step.Result.Silence _, Step.Result.Failure _ -> Kind.FAILURE;
    };
  }
}
