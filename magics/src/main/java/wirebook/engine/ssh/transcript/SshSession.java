package wirebook.engine.ssh.transcript;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a connection was, and how it went.
 *
 * @param server the program of the other side, as it calls itself
 * @param chosen what was agreed on: {@code kex}, {@code host key}, {@code cipher}, {@code mac},
 *     {@code compression}; the first of the client's names that the server has, too
 * @param fingerprint of the host's key
 * @param randomart the same as a picture in letters
 * @param method how the user got in, none when that failed
 * @param steps the messages in order, up to a limit
 * @param dropped messages beyond that limit
 * @param sent bytes on the wire
 * @param received bytes on the wire
 */
public record SshSession(
    Optional<String> server,
    Map<String, String> chosen,
    Optional<String> fingerprint,
    Optional<String> randomart,
    Optional<String> method,
    List<SshStep> steps,
    int dropped,
    long sent,
    long received) {
  public SshSession {
    chosen = Map.copyOf(chosen);
    steps = List.copyOf(steps);
  }

  /** The messages of one phase. */
  public List<SshStep> phase(SshStep.Phase phase) {
    return steps.stream().filter(step -> step.phase() == phase).toList();
  }

  /** Times that this side had to wait for the other before the first command could be sent. */
  public long roundTrips() {
    List<SshStep> before =
        steps.stream().filter(s -> s.phase() != SshStep.Phase.CONNECTION).toList();
    long turns = 0;
    for (int i = 1; i < before.size(); i++) {
      if (before.get(i - 1).sent() && !before.get(i).sent()) {
        turns++;
      }
    }
    return turns;
  }

  @Override
  public String toString() {
    return steps.stream().map(SshStep::toString).collect(Collectors.joining("\n"))
        + (dropped > 0 ? "\n… and " + dropped + " more" : "");
  }
}
