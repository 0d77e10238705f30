package wirebook.magics.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.engine.dns.resolver.Step;
import wirebook.render.SequenceDiagram;
import wirebook.render.SequenceDiagram.Kind;
import wirebook.render.SequenceDiagram.Lane;
import wirebook.render.SequenceDiagram.Message;

/** A walk of the resolver as a sequence of questions and answers. */
final class WalkPicture {
  private static final int MOST_LANES = 9;
  private static final int MOST_QUERIES = 24;

  private WalkPicture() {}

  /** Empty when nobody was asked. */
  static Optional<SequenceDiagram> of(DnsWalk walk) {
    List<Step.Asked> asked = walk.asked();
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    List<Lane> lanes = new ArrayList<>();
    lanes.add(new Lane("the resolver", "%resolve", "this host"));
    Map<InetAddress, Integer> places = new LinkedHashMap<>();
    List<Message> messages = new ArrayList<>();
    int left = 0;
    for (Step.Asked step : asked) {
      Integer lane = places.get(step.address());
      boolean room = lane != null || lanes.size() <= MOST_LANES;
      if (!room || messages.size() >= 2 * MOST_QUERIES) {
        left++;
        continue;
      }
      if (lane == null) {
        lane = lanes.size();
        places.put(step.address(), lane);
        lanes.add(
            new Lane(
                step.zone().isRoot() ? "root" : step.zone().relative(),
                step.server().relative(),
                Inet.text(step.address())));
      }
      boolean answered = step.reply().isPresent();
      messages.add(
          new Message(
              0,
              lane,
              step.question().name() + " " + step.question().type(),
              Optional.empty(),
              Kind.QUESTION,
              answered));
      if (answered) {
        messages.add(
            new Message(
                lane,
                0,
                words(step.result()),
                Optional.of(step.took()),
                kind(step.result()),
                true));
      }
    }
    String line =
        "The walk to "
            + walk.question().name()
            + " "
            + walk.question().type()
            + ": "
            + asked.size()
            + (asked.size() == 1 ? " query, " : " queries, ")
            + walk.status()
            + (left > 0 ? "; " + left + " of them are not in the picture" : "");
    return Optional.of(new SequenceDiagram(lanes, messages, line));
  }

  /** Between neighbouring lanes there is room for a few words; the text above has them all. */
  private static String words(Step.Result result) {
    return result instanceof Step.Result.Referral(DnsName zone, int servers, int _)
        ? "ask " + zone + ": " + servers + (servers == 1 ? " server" : " servers")
        : result.words();
  }

  private static Kind kind(Step.Result result) {
    return switch (result) {
      case Step.Result.Referral _ -> Kind.REFERRAL;
      case Step.Result.Answer _, Step.Result.Alias _, Step.Result.Denial _ -> Kind.ANSWER;
      case Step.Result.Reply _, Step.Result.Failure _ -> Kind.FAILURE;
    };
  }
}
