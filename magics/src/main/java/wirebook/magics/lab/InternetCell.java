package wirebook.magics.lab;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyText.Mistake;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.Plural;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** {@code %%internet}, {@code %internet load} and {@code save}: a network of one's own as text. */
final class InternetCell {
  private static final int SHOWN = 5;
  private static final long LARGEST = 8_000_000;

  private InternetCell() {}

  /** The network that stands below the first line. */
  static void draw(MagicCall call, Internets internets, String body, boolean anyway) {
    List<Mistake> mistakes = load(call, internets.lab(), body, anyway, new Word("", Span.NONE));
    List<String> lines = body.lines().toList();
    if (refused(mistakes, anyway)) {
      Mistake first = mistakes.getFirst();
      int start = call.bodySpan().start();
      for (int i = 0; i < first.at().line(); i++) {
        start += lines.get(i).length() + 1;
      }
      throw new MagicException(
          new Diagnostic(
              "NET020",
              new Span(start + first.at().start(), start + first.at().end()),
              words(first, "the network"),
              fix(mistakes, "the network")));
    }
    say(call, internets, mistakes, "the network");
  }

  /** A network that does not work loads as well: a broken one is what a teacher saves. */
  static void load(MagicCall call, Internets internets, Word file) {
    Path path = path(call, file);
    String text;
    try {
      if (Files.size(path) > LARGEST) {
        throw call.wrong(
            "NET021", file, file.text() + " is larger than 8 MB", "Is it a network at all?");
      }
      text = Files.readString(path);
    } catch (NoSuchFileException e) {
      throw call.wrong(
          "NET021", file, "there is no file " + file.text(), "%internet save " + file.text());
    } catch (MalformedInputException e) {
      throw call.wrong("NET021", file, file.text() + " is no text in UTF-8", "");
    } catch (IOException e) {
      throw call.wrong("NET021", file, file.text() + " cannot be read: " + e.getMessage(), "");
    }
    List<Mistake> mistakes = load(call, internets.lab(), text, /* anyway= */ true, file);
    if (refused(mistakes, /* anyway= */ true)) {
      throw call.wrong(
          "NET020", file, words(mistakes.getFirst(), file.text()), fix(mistakes, file.text()));
    }
    say(call, internets, mistakes, file.text());
  }

  static void save(MagicCall call, Internets internets, Word file) {
    Path path = path(call, file);
    String text = internets.lab().world().text();
    try {
      Files.writeString(path, text);
    } catch (IOException e) {
      throw call.wrong(
          "NET022",
          file,
          file.text() + " cannot be written: " + e.getMessage(),
          "Choose another place.");
    }
    call.out()
        .println(
            "Saved as "
                + file.text()
                + ", "
                + text.lines().count()
                + " lines; %internet load "
                + file.text()
                + " brings it back.");
  }

  private static Path path(MagicCall call, Word file) {
    try {
      return call.directory().resolve(file.text());
    } catch (java.nio.file.InvalidPathException e) {
      throw call.wrong("NET021", file, file.text() + " is no file name", "For example lab.net");
    }
  }

  private static List<Mistake> load(
      MagicCall call, Lab lab, String text, boolean anyway, Word place) {
    try {
      return lab.load(text, anyway);
    } catch (IOException e) {
      throw call.wrong("NET023", place, "the old network cannot be closed: " + e.getMessage(), "");
    }
  }

  private static boolean refused(List<Mistake> mistakes, boolean anyway) {
    return !mistakes.stream().allMatch(m -> anyway && m.readable());
  }

  private static String words(Mistake mistake, String of) {
    return "line " + (mistake.at().line() + 1) + " of " + of + ": " + mistake.message();
  }

  private static String fix(List<Mistake> mistakes, String of) {
    StringBuilder fix = new StringBuilder(mistakes.getFirst().fix());
    mistakes.stream()
        .skip(1)
        .limit(SHOWN)
        .forEach(m -> fix.append("\nAlso ").append(words(m, of)).append(". ").append(m.fix()));
    if (mistakes.size() > SHOWN + 1) {
      fix.append("\nAnd ").append(mistakes.size() - SHOWN - 1).append(" more.");
    }
    fix.append("\nThe network from before still stands.");
    if (mistakes.stream().allMatch(Mistake::readable)) {
      fix.append(" %%internet --anyway takes this one as it is.");
    }
    return fix.toString();
  }

  private static void say(MagicCall call, Internets internets, List<Mistake> mistakes, String of) {
    Topology topology = internets.lab().topology();
    int hosts = topology.hosts().size();
    int routers = topology.nodes().size() - hosts;
    call.out()
        .println(
            Plural.of(hosts, "host")
                + ", "
                + Plural.of(routers, "router")
                + ", "
                + Plural.of(topology.links().size(), "link")
                + ". You are on "
                + internets.host()
                + "; %internet map shows them, %internet lab goes back to the lab's own world.");
    for (Mistake mistake : mistakes) {
      call.out().println("  As it is drawn: " + words(mistake, of) + ".");
    }
    Optional<Topology.Node> resolver = topology.node("resolver.isp");
    if (resolver.isEmpty()) {
      call.out().println("  No name server: hosts are known by the names in these lines alone.");
    }
  }
}
