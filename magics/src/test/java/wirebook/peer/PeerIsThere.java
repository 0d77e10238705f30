package wirebook.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Looks for the {@link Peer}s of a test. */
public final class PeerIsThere implements ExecutionCondition {
  /** Where servers are, which a plain user's path leaves out. */
  private static final List<String> SERVERS = List.of("/usr/sbin", "/sbin");

  /** Where a program is, the first of these names that is anywhere. */
  private static Optional<Path> find(String... names) {
    List<String> folders =
        Stream.concat(
                Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(":", -1)),
                SERVERS.stream())
            .toList();
    return Stream.of(names)
        .flatMap(name -> folders.stream().map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Where a program is that a {@link Peer} asks for. */
  public static String path(String... names) {
    return find(names).orElseThrow().toString();
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> wrong =
        context.getElement().stream()
            .flatMap(e -> AnnotationSupport.findRepeatableAnnotations(e, Peer.class).stream())
            .flatMap(peer -> wrong(peer).stream())
            .toList();
    if (wrong.isEmpty()) {
      return ConditionEvaluationResult.enabled("all peers are here");
    }
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(wrong + ", and CI has to have it");
    }
    return ConditionEvaluationResult.disabled(wrong.toString());
  }

  private static Optional<String> wrong(Peer peer) {
    String name = String.join(" or ", peer.value());
    String from = peer.of().isEmpty() ? peer.value()[0] : peer.of();
    Optional<Path> program = find(peer.value());
    if (program.isEmpty()) {
      return Optional.of("no " + name + ": apt install " + from);
    }
    String said = peer.version().isEmpty() ? "" : said(program.get(), peer.asked());
    return said.contains(peer.version())
        ? Optional.empty()
        : Optional.of(
            name + " is not " + peer.version() + ", but " + said.lines().findFirst().orElse(""));
  }

  private static String said(Path program, String... words) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(words));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
