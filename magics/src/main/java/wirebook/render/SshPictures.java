package wirebook.render;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.engine.ssh.transcript.SshSession;
import wirebook.engine.ssh.transcript.SshStep;
import wirebook.render.SequenceDiagram.Kind;
import wirebook.render.SequenceDiagram.Lane;
import wirebook.render.SequenceDiagram.Message;

/** An SSH connection as a picture: its six phases, and who says what in them. */
public final class SshPictures {
  private static final int MOST = 40;
  private static final List<SshStep.Phase> PHASES = List.of(SshStep.Phase.values());

  private SshPictures() {}

  /** The messages of a connection; none when nothing was said. */
  public static Optional<Picture> session(SshSession session) {
    if (session.steps().isEmpty()) {
      return Optional.empty();
    }
    Instant start = session.steps().getFirst().at();
    List<Message> messages = new ArrayList<>();
    Optional<SshStep.Phase> phase = Optional.empty();
    for (SshStep step : session.steps()) {
      if (messages.size() >= MOST) {
        break;
      }
      boolean first = !phase.equals(Optional.of(step.phase()));
      phase = Optional.of(step.phase());
      String number = first ? (PHASES.indexOf(step.phase()) + 1) + " " : "";
      messages.add(
          new Message(
              step.sent() ? 0 : 1,
              step.sent() ? 1 : 0,
              number + text(step),
              Optional.of(Duration.between(start, step.at())),
              kind(step),
              true));
    }
    String line =
        "SSH: "
            + session.method().map(m -> "logged in by " + m).orElse("not logged in")
            + session.fingerprint().map(f -> ", host key " + f).orElse("")
            + ", "
            + session.steps().size()
            + " messages, "
            + session.sent()
            + " bytes sent, "
            + session.received()
            + " received";
    return Optional.of(
        new SequenceDiagram(
                List.of(
                    new Lane("Client", "this host", ""),
                    new Lane("Server", session.server().orElse(""), "")),
                messages,
                line)
            .picture());
  }

  private static String text(SshStep step) {
    String name =
        step.name().replace("SSH_MSG_", "").replace("USERAUTH_", "").replace("CHANNEL_", "");
    String words = step.name().equals("SSH_MSG_KEXINIT") ? "lists of algorithms" : step.words();
    return name + (words.isEmpty() ? "" : ": " + words);
  }

  private static Kind kind(SshStep step) {
    return step.name().endsWith("_FAILURE") || step.name().endsWith("_DISCONNECT")
        ? Kind.FAILURE
        : !step.encrypted() ? Kind.REFERRAL : step.sent() ? Kind.QUESTION : Kind.ANSWER;
  }
}
