package wirebook.engine.http.file;

import java.util.List;
import java.util.Optional;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;

/**
 * A parsed {@code .http} text. Every text gives one: what cannot be understood is in {@link
 * #diagnostics}, the rest can be used: a request with a refusal is not sent, others are.
 *
 * @param requests in their order
 * @param diagnostics all complaints
 * @param loose those of them that are about no request
 * @param variables {@code @name = value}, in their order; they hold for the whole file
 */
public record HttpFile(
    List<Request> requests,
    List<Variable> variables,
    List<Diagnostic> diagnostics,
    List<Diagnostic> loose) {
  public HttpFile {
    loose = List.copyOf(loose);
    requests = List.copyOf(requests);
    variables = List.copyOf(variables);
    diagnostics = List.copyOf(diagnostics);
  }

  /** Spans count from the text's first character. */
  public static HttpFile parse(String text) {
    return new HttpFileParser(text).parse();
  }

  /** A file variable. */
  public record Variable(String name, Template value, Span span) {}

  /**
   * A request.
   *
   * @param title what stands behind {@code ###}
   * @param name given by {@code # @name}, so that later requests can refer to it
   * @param directives other {@code # @word argument} lines
   * @param method {@code GET} when none is written; {@code curl} for a command of it, which is the
   *     body then
   * @param url with the query lines that follow joined to it
   * @param span from the request line on
   * @param before what runs ahead of it
   * @param after what is done with the response
   * @param refusal why it cannot be sent, when something of it is not understood
   */
  public record Request(
      String title,
      Optional<String> name,
      List<Directive> directives,
      String method,
      Template url,
      Optional<String> version,
      List<Header> headers,
      Body body,
      Span span,
      List<Script> before,
      List<After> after,
      Optional<Diagnostic> refusal) {
    public Request {
      directives = List.copyOf(directives);
      headers = List.copyOf(headers);
      before = List.copyOf(before);
      after = List.copyOf(after);
    }

    /** What others call it: its name, or else its title. */
    public String calledAs() {
      return name.orElse(title);
    }

    /** A header as it was written. */
    public Optional<String> header(String wanted) {
      return headers.stream()
          .filter(h -> h.name().equalsIgnoreCase(wanted))
          .map(h -> h.value().toString())
          .findFirst();
    }

    /** Whether a directive such as {@code no-redirect} is given. */
    public boolean has(String directive) {
      return directives.stream().anyMatch(d -> d.word().equals(directive));
    }
  }

  /** {@code # @no-redirect}, {@code # @timeout 5}. */
  public record Directive(String word, String argument, Span span) {}

  /**
   * A header field; without a name, its value is whole lines of them and, behind an empty one, of
   * the body.
   */
  public record Header(String name, Template value, Span span) {}

  /** What is done with a response. */
  public sealed interface After {
    /** {@code > {% … %}}: see {@link Script}. */
    record Run(Script script) implements After {}

    /** {@code >> file} and {@code >>! file}: the body is written there, over what was there. */
    record Save(Template path, boolean over, Span span) implements After {}

    /** {@code # @expect status 201}. */
    record Expect(Expectation expectation) implements After {}
  }

  /** What follows the empty line: nothing, or pieces one behind the other. */
  public record Body(List<Part> parts) {
    public static final Body NONE = new Body(List.of());

    public Body {
      parts = List.copyOf(parts);
    }
  }

  /** A piece of a body. */
  public sealed interface Part {
    /** Lines as they stand, with their ends. */
    record Text(Template text) implements Part {}

    /**
     * {@code < path}: the bytes of a file, or, with {@code <@}, its text with its variables
     * replaced.
     *
     * @param encoding of that text, {@code latin1} in {@code <@latin1}; empty for UTF-8
     */
    record File(Template path, boolean replaced, String encoding, Span span) implements Part {}
  }
}
