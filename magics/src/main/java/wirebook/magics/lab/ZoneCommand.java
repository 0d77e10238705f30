package wirebook.magics.lab;

import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import wirebook.engine.dns.server.ZoneText;
import wirebook.internet.Internets;
import wirebook.internet.zones.Publication;
import wirebook.net.Idn;
import wirebook.spi.Diagnostic;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;
import wirebook.trace.IpText;

/** {@code %%zone}: a zone file as a cell, served in the lab. */
public final class ZoneCommand implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("zone", "Serve the cell as a zone of the lab, delegated from its parent")
          .synopsis("ORIGIN [--sign]")
          .body(MagicSpec.Body.REQUIRED)
          .value(Publication.class)
          .option(
              MagicSpec.Option.flag(
                  "the lab signs the zone (DNSSEC), and its parent gets the DS record", "--sign"))
          .operand("ORIGIN", MagicSpec.Values.HOST, true, false)
          .id(Complaint.OPERANDS, "ZON001")
          .id(Complaint.OPTION, "ZON006")
          .example(
              "%%zone class.example",
              "the lines below are its zone file; run the cell again after a change")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Words words = SPEC.read(call);
    Word word =
        words
            .operand(0)
            .orElseThrow(
                () ->
                    call.wrong(
                        "ZON001",
                        new Word("", Span.NONE),
                        "%%zone needs the zone's name",
                        "For example %%zone class.example"));
    if (!(call.networks() instanceof Internets internets)) {
      throw call.wrong("ZON003", word, "there is no lab here", "Use it in a notebook.");
    }
    Name origin;
    try {
      origin = Name.fromString(Idn.toAce(word.text()), Name.root);
    } catch (TextParseException | IllegalArgumentException e) {
      throw call.wrong(
          "ZON002", word, "no domain name: " + e.getMessage(), "For example %%zone class.example");
    }
    String body = call.body().orElse("");
    ZoneText.Good good =
        switch (ZoneText.parse(body, origin)) {
          case ZoneText.Good readable -> readable;
          case ZoneText.Wrong wrong -> throw complaint(call, word, body, wrong);
        };
    Publication publication;
    try {
      publication = internets.lab().publish(good.zone(), words.flag("--sign"));
    } catch (Publication.RefusedException e) {
      throw call.wrong("ZON005", word, String.valueOf(e.getMessage()), e.fix());
    }
    print(call, publication);
    good.warnings().forEach(w -> call.out().println("  Warning: " + w));
    return MagicResult.of(publication);
  }

  private static MagicException complaint(
      MagicCall call, Word origin, String body, ZoneText.Wrong wrong) {
    String fix = wrong.fix();
    for (ZoneText.Wrong other : wrong.others()) {
      fix += "\nAlso " + words(other) + ". " + other.fix();
    }
    if (wrong.line() < 0) {
      return new MagicException(new Diagnostic("ZON004", origin.span(), wrong.message(), fix));
    }
    int start = call.bodySpan().start();
    List<String> lines = body.lines().toList();
    for (int i = 0; i < wrong.line(); i++) {
      start += lines.get(i).length() + 1;
    }
    return new MagicException(
        new Diagnostic(
            "ZON004", new Span(start + wrong.start(), start + wrong.end()), words(wrong), fix));
  }

  private static String words(ZoneText.Wrong wrong) {
    return wrong.line() < 0
        ? wrong.message()
        : "line " + (wrong.line() + 1) + " of the zone: " + wrong.message();
  }

  private static void print(MagicCall call, Publication publication) {
    call.out()
        .println(
            publication.origin()
                + ": serial "
                + publication.serial()
                + ", "
                + publication.records()
                + " records.");
    for (Publication.Server server : publication.servers()) {
      call.out()
          .println(
              "  "
                  + server.name()
                  + " ("
                  + String.join(", ", server.addresses().stream().map(IpText::of).toList())
                  + ") "
                  + server.state());
    }
    call.out().println("  " + publication.delegation());
    publication.notes().forEach(n -> call.out().println("  " + n));
  }
}
