package wirebook.engine.http.file;

import java.util.List;
import java.util.Optional;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTransfer;
import wirebook.trace.Heavy;

/** What the requests of a cell came to, in their order. */
public record HttpRun(List<Step> steps) implements Heavy {
  public HttpRun {
    steps = List.copyOf(steps);
  }

  /**
   * One request.
   *
   * @param name if it has one
   * @param transfer all that its sending did
   * @param checks what its response was expected to be
   */
  public record Step(
      Optional<String> name, String method, String url, HttpTransfer transfer, List<Check> checks) {
    public Step {
      checks = List.copyOf(checks);
    }
  }

  @Override
  public long weight() {
    return steps.stream().mapToLong(step -> step.transfer().weight()).sum();
  }

  @Override
  public HttpRun lightened() {
    return new HttpRun(
        steps.stream()
            .map(s -> new Step(s.name(), s.method(), s.url(), s.transfer().lightened(), s.checks()))
            .toList());
  }

  /** The last response. */
  public Optional<HttpResponse> response() {
    return steps.isEmpty() ? Optional.empty() : steps.getLast().transfer().response();
  }

  /** What the request of this name did. */
  public Optional<HttpTransfer> transfer(String name) {
    return steps.reversed().stream()
        .filter(step -> step.name().filter(name::equals).isPresent())
        .map(Step::transfer)
        .findFirst();
  }

  /** The last response's status, 0 when there was none. */
  public int status() {
    return response().map(HttpResponse::status).orElse(0);
  }

  /** The last response's body as text. */
  public String body() {
    return response().map(HttpResponse::body).orElse("");
  }

  /** A value of the last response's JSON body, by its path; empty text when nothing is there. */
  public String json(String path) {
    return steps.isEmpty() ? "" : steps.getLast().transfer().json(path);
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (Step step : steps) {
      out.append(step.method())
          .append(' ')
          .append(step.url())
          .append(" → ")
          .append(step.transfer().response().map(HttpResponse::toString).orElse("no response"))
          .append('\n');
      step.checks().forEach(check -> out.append("  ").append(check).append('\n'));
    }
    return out.toString().stripTrailing();
  }
}
