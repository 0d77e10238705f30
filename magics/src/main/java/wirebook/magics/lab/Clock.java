package wirebook.magics.lab;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.internet.Internets;
import wirebook.internet.time.LabClock;
import wirebook.net.NetworkClock;
import wirebook.spi.Durations;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.Word;

/** {@code %clock}: the lab's time, which can be moved. */
public final class Clock implements Magic {
  private static final DateTimeFormatter SHOWN =
      DateTimeFormatter.ofPattern("EEE MMM dd HH:mm:ss zzz yyyy", Locale.ROOT);

  private static final MagicSpec SPEC =
      MagicSpec.named("clock", "Show the lab's time, or move it ahead")
          .synopsis("[+TIME | reset]")
          .value(Instant.class)
          .action("+TIME", false, "reset")
          .example("%clock", "what time it is in the lab")
          .example("%clock +300s", "five minutes later, at once; also 5m, 2h, 1d")
          .example("%clock reset", "the machine's time again")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    List<Word> words = call.words();
    if (words.isEmpty()) {
      Instant now = call.network().clock().instant();
      call.out().println("It is " + show(now) + " on the " + call.network().name() + " network.");
      return MagicResult.of(now);
    }
    Word word = words.getFirst();
    LabClock clock =
        Internets.inLab(call)
            .map(internets -> internets.lab().clock())
            .orElseThrow(
                () ->
                    call.wrong(
                        "CLK001",
                        word,
                        "only the lab's clock can be moved",
                        "%internet lab switches to the lab."));
    if (word.text().equals("reset")) {
      clock.reset(NetworkClock.SYSTEM.instant());
    } else {
      String text = word.text();
      Duration by =
          Optional.of(text)
              .filter(t -> t.startsWith("+"))
              .flatMap(t -> Durations.parse(t.substring(1)))
              .orElseThrow(
                  () ->
                      call.wrong(
                          "CLK002",
                          word,
                          "no time to move by: " + text,
                          "Write for example +300s, +5m, +2h or +1d; the clock only moves ahead."));
      clock.advance(by);
    }
    call.out().println("It is now " + show(clock.instant()) + " in the lab.");
    return MagicResult.of(clock.instant());
  }

  private static String show(Instant time) {
    return SHOWN.format(time.atZone(ZoneId.systemDefault()));
  }
}
