package wirebook.magics.lab;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.internet.Lab;
import wirebook.internet.sites.Cluster;
import wirebook.internet.zones.Publication;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.Word;
import wirebook.trace.IpText;

/** {@code %internet up} and {@code down}: replicas of a service, near and far. */
final class ClusterCommand {
  private static final int USUAL = 3;
  private static final int MOST = 50;
  private static final int HTTP = 80;
  private static final int LAST_PORT = 65_535;
  private static final String FORM =
      "%internet up shop.class.example --replicas 3 --in 192.0.2.0/24 --serve hello from {name}";

  private ClusterCommand() {}

  static Cluster up(MagicCall call, Lab lab) {
    Deque<Word> words = new ArrayDeque<>(call.words());
    Word last = words.removeFirst();
    Optional<Word> name = Optional.empty();
    int replicas = USUAL;
    int port = HTTP;
    List<String> places = new ArrayList<>();
    List<String> answer = new ArrayList<>();
    while (!words.isEmpty()) {
      last = words.removeFirst();
      switch (last.text()) {
        case "--replicas" -> replicas = number(call, value(call, last, words), MOST);
        case "--port" -> port = number(call, value(call, last, words), LAST_PORT);
        case "--in" ->
            Arrays.stream(value(call, last, words).text().split(","))
                .filter(p -> !p.isBlank())
                .forEach(places::add);
        case "--serve" -> {
          answer.add(value(call, last, words).text());
          while (!words.isEmpty() && !words.getFirst().text().startsWith("--")) {
            answer.add(words.removeFirst().text());
          }
        }
        default -> {
          if (last.text().startsWith("-") || name.isPresent()) {
            throw call.wrong(
                "NET030", last, "%internet up has no word " + last.text() + " here", FORM);
          }
          name = Optional.of(last);
        }
      }
    }
    if (name.isEmpty()) {
      throw call.wrong("NET030", last, "%internet up needs a name", FORM);
    }
    try {
      Cluster cluster =
          lab.up(
              name.get().text(),
              replicas,
              places,
              port,
              answer.isEmpty() ? "{name}" : String.join(" ", answer));
      print(call, cluster);
      return cluster;
    } catch (Publication.RefusedException e) {
      throw refused(call, name.get(), e);
    }
  }

  private static void print(MagicCall call, Cluster cluster) {
    String format = "%-28s %-16s %-20s %10s%n";
    call.out().printf(format, "REPLICA", "ADDRESS", "AT", "ROUND TRIP");
    for (Cluster.Replica replica : cluster.replicas()) {
      call.out()
          .printf(
              format,
              replica.host(),
              IpText.of(replica.address()),
              replica.at(),
              String.format(Locale.ROOT, "%.1f ms", replica.delay().toNanos() * 2 / 1e6));
    }
    call.out().println(cluster.did() + ".");
  }

  static void down(MagicCall call, Lab lab) {
    List<Word> words = call.words();
    if (words.size() != 2) {
      throw call.wrong(
          "NET030",
          words.getLast(),
          "%internet down takes the name of a cluster",
          "%internet down shop.class.example");
    }
    try {
      if (!lab.down(words.get(1).text())) {
        throw call.wrong(
            "NET031",
            words.get(1),
            "there are no replicas of " + words.get(1).text(),
            "%internet fail stops one host; %internet up makes replicas.");
      }
    } catch (Publication.RefusedException e) {
      throw refused(call, words.get(1), e);
    }
    call.out().println("The replicas of " + words.get(1).text() + " are gone.");
  }

  private static MagicException refused(MagicCall call, Word at, Publication.RefusedException e) {
    return call.wrong("NET031", at, String.valueOf(e.getMessage()), e.fix());
  }

  private static Word value(MagicCall call, Word option, Deque<Word> rest) {
    if (rest.isEmpty()) {
      throw call.wrong("NET030", option, option.text() + " needs a value", FORM);
    }
    return rest.removeFirst();
  }

  private static int number(MagicCall call, Word word, int most) {
    if (word.text().matches("[1-9][0-9]{0,4}") && Integer.parseInt(word.text()) <= most) {
      return Integer.parseInt(word.text());
    }
    throw call.wrong("NET030", word, word.text() + " is no number from 1 to " + most, FORM);
  }
}
