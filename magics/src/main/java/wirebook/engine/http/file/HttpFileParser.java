// Above 500 lines: one grammar, whose lines mean what the lines before make of them.
package wirebook.engine.http.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;
import wirebook.spi.Span;
import wirebook.spi.Typos;

/** Reads {@code .http} texts line by line; total. */
final class HttpFileParser {
  private static final Pattern VARIABLE =
      Pattern.compile("@([^\\s=]+)\\s*=\\s*(.*)", Pattern.DOTALL);
  private static final Pattern DIRECTIVE =
      Pattern.compile("(?:#|//)\\s*@([A-Za-z][\\w-]*)\\s*=?\\s*(.*)", Pattern.DOTALL);
  private static final Pattern FOREIGN =
      Pattern.compile("import\\s+\\S+\\.(?:http|rest)|run\\s+(?:#.*|\\S+\\.(?:http|rest).*)");
  private static final Pattern EMACS = Pattern.compile(":[\\w-]+\\s*:?=.*");
  static final String CURL = "curl";
  private static final Pattern METHOD = Pattern.compile("[A-Za-z!#$%&'*+.^_`|~-]+");
  private static final Pattern VERSION =
      Pattern.compile(
          "(?<target>.*?\\S)[ \\t]+(?<version>HTTP/[0-9](?:\\.[0-9])?(?: \\(Prior Knowledge\\))?)",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+\\s*:");
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Set<String> METHODS =
      Set.of(
          "GET",
          "HEAD",
          "POST",
          "PUT",
          "PATCH",
          "DELETE",
          "OPTIONS",
          "TRACE",
          "CONNECT",
          "LOCK",
          "UNLOCK",
          "PROPFIND",
          "PROPPATCH",
          "COPY",
          "MOVE",
          "MKCOL",
          "MKCALENDAR",
          "ACL",
          "SEARCH");

  /** Other protocols that one of the editors has in these files. */
  private static final Set<String> PROTOCOLS =
      Set.of("GRPC", "RSOCKET", "MQTT", "AMQP", "GRAPHQLWS", "SSE", "EVENTSOURCE");

  /** A saved response among the requests. */
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/[\\d.]+(?:\\s.*)?");

  /** What begins a request, and hardly a line of a body. */
  private static final Pattern ANOTHER =
      Pattern.compile(
          "(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)[ \\t]+(?:https?://|\\{\\{|/)\\S*"
              + "(?:[ \\t]+HTTP/[\\d.]+)?[ \\t]*");

  private static final String BETWEEN = "Write a line of ### between requests.";

  private static final Set<String> DIRECTIVES =
      Set.of(
          "name",
          "prompt",
          "no-redirect",
          "no-cookie-jar",
          "timeout",
          "connection-timeout",
          "expect");

  private final String text;
  private final List<Line> lines = new ArrayList<>();
  private final List<HttpFile.Request> requests = new ArrayList<>();
  private final List<HttpFile.Variable> variables = new ArrayList<>();
  private final List<Diagnostic> diagnostics = new ArrayList<>();
  private final List<Script> before = new ArrayList<>();
  private final List<HttpFile.After> after = new ArrayList<>();

  /** The complaints that are about a request. */
  private final List<Diagnostic> claimed = new ArrayList<>();

  private int next;

  /** A line without its end, and where it begins. */
  private record Line(String text, int start) {
    String stripped() {
      return text.strip();
    }

    boolean isBlank() {
      return text.isBlank();
    }

    boolean isSeparator() {
      return text.startsWith("###");
    }

    boolean isComment() {
      return !isSeparator() && (stripped().startsWith("#") || stripped().startsWith("//"));
    }

    Span span() {
      int lead = text.length() - text.stripLeading().length();
      return new Span(start + lead, start + Math.max(lead, text.stripTrailing().length()));
    }
  }

  HttpFileParser(String text) {
    this.text = text;
    int start = text.startsWith("\ufeff") ? 1 : 0;
    while (start <= text.length()) {
      int end = text.indexOf('\n', start);
      int stop = end < 0 ? text.length() : end;
      String line = text.substring(start, stop);
      lines.add(new Line(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line, start));
      if (end < 0) {
        break;
      }
      start = end + 1;
    }
  }

  HttpFile parse() {
    while (next < lines.size()) {
      request();
    }
    List<Diagnostic> loose = new ArrayList<>(diagnostics);
    loose.removeAll(claimed);
    return new HttpFile(requests, variables, diagnostics, loose);
  }

  private Optional<Line> peek() {
    return next < lines.size() ? Optional.of(lines.get(next)) : Optional.empty();
  }

  /** From one separator to the next: title, variables and comments, then perhaps a request. */
  private void request() {
    String title = "";
    Optional<String> name = Optional.empty();
    List<HttpFile.Directive> directives = new ArrayList<>();
    int complaints = diagnostics.size();
    before.clear();
    after.clear();
    if (lines.get(next).isSeparator()) {
      title = lines.get(next++).text().replaceFirst("^#+", "").strip();
    }
    while (next < lines.size() && !lines.get(next).isSeparator()) {
      Line line = lines.get(next);
      Matcher directive = DIRECTIVE.matcher(line.stripped());
      Matcher variable = VARIABLE.matcher(line.stripped());
      if (line.isBlank()) {
        next++;
      } else if (line.isComment()) {
        next++;
        if (directive.matches()) {
          String word = directive.group(1);
          String argument = directive.group(2).strip();
          if (word.equals("name")) {
            name = named(line, argument);
          } else if (word.equals("expect")) {
            expect(line, argument);
          } else {
            misspelled(word, line);
            directives.add(new HttpFile.Directive(word, argument, line.span()));
          }
        }
      } else if (STATUS_LINE.matcher(line.stripped()).matches()) {
        while (next < lines.size() && !lines.get(next).isSeparator()) {
          next++;
        }
      } else if (isHandler(line)) {
        next = handler(next);
      } else if (EMACS.matcher(line.stripped()).matches()) {
        next++;
        complain(
            "HTTP045",
            line.span(),
            "this is a variable of Emacs' restclient",
            "Write @name = value, and {{name}} for :name where it is used.");
      } else if (FOREIGN.matcher(line.stripped()).matches()) {
        next++;
        complain(
            "HTTP021",
            line.span(),
            line.stripped().split("\\s")[0] + " of other files is not done here",
            "Put the requests themselves into this cell.");
      } else if (line.stripped().startsWith("@")) {
        next++;
        if (variable.matches()) {
          variable(line, variable);
        } else {
          complain(
              "HTTP001", line.span(), "this is no variable", "Write @name = value on one line.");
        }
      } else {
        Optional<String> called = name;
        if (called.isEmpty() && NAME.matcher(title).matches()) {
          called = Optional.of(title);
        }
        requests.add(requestFrom(line, title, called, directives, complaints));
        return;
      }
    }
  }

  private void variable(Line line, Matcher m) {
    int at = line.text().indexOf(m.group(2), line.text().indexOf('=') + 1);
    Template written = template(m.group(2), line.start() + Math.max(0, at));
    variables.add(
        new HttpFile.Variable(
            m.group(1),
            new Template(written.pieces().stream().map(HttpFileParser::unescaped).toList()),
            line.span()));
  }

  /** In a variable's value a backslash takes the next character, and makes line ends of some. */
  private static Template.Piece unescaped(Template.Piece piece) {
    return switch (piece) {
      case Template.Piece.Text(String text) -> {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
          char c = text.charAt(i);
          if (c == '\\' && i + 1 < text.length()) {
            char next = text.charAt(++i);
            out.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next == 't' ? '\t' : next);
          } else {
            out.append(c);
          }
        }
        yield new Template.Piece.Text(out.toString());
      }
      case Template.Piece.Reference reference -> reference;
    };
  }

  /** One that stands behind its request's first line: what is asked for is never left unasked. */
  private void lateExpect(Line line) {
    Matcher directive = DIRECTIVE.matcher(line.stripped());
    if (directive.matches() && directive.group(1).equals("expect")) {
      expect(line, directive.group(2).strip());
    }
  }

  private void expect(Line line, String argument) {
    try {
      after.add(new HttpFile.After.Expect(Expectation.parse(argument, line.span())));
    } catch (IllegalArgumentException e) {
      complain(
          "HTTP028",
          line.span(),
          String.valueOf(e.getMessage()),
          "Write # @expect status 201, # @expect json $.id == 3, # @expect header Location exists, or"
              + " # @expect duration < 500.");
    }
  }

  /** Comments may begin with any @word; one that is nearly ours was meant to be it. */
  private void misspelled(String word, Line line) {
    if (!DIRECTIVES.contains(word)) {
      Typos.nearest(word, DIRECTIVES, 1)
          .ifPresent(
              near ->
                  complain(
                      "HTTP024",
                      line.span(),
                      "nothing is done for @" + word,
                      "Did you mean # @" + near + "?"));
    }
  }

  private Optional<String> named(Line line, String name) {
    if (!NAME.matcher(name).matches()) {
      complain(
          "HTTP002",
          line.span(),
          name.isEmpty() ? "@name needs a name" : "\"" + name + "\" cannot be a request's name",
          "Write letters, digits, dashes and underscores: # @name login");
      return Optional.empty();
    }
    return Optional.of(name);
  }

  /**
   * @param complaints how many there were before this request
   */
  private HttpFile.Request requestFrom(
      Line line,
      String title,
      Optional<String> name,
      List<HttpFile.Directive> directives,
      int complaints) {
    next++;
    String rest = line.stripped();
    int start = line.start() + line.text().indexOf(rest);
    int space = blank(rest);
    String method = "GET";
    if (space > 0 && METHOD.matcher(rest.substring(0, space)).matches()) {
      method = rest.substring(0, space);
      if (method.equalsIgnoreCase(CURL)) {
        return command(line, title, name, directives, complaints);
      }
      if (PROTOCOLS.contains(method)) {
        complain(
            "HTTP025",
            new Span(start, start + space),
            method + " is another protocol, which is not spoken here",
            "Write an HTTP request.");
      }
      if (METHODS.contains(method.toUpperCase(Locale.ROOT))) {
        method = method.toUpperCase(Locale.ROOT);
      }
      String after = rest.substring(space);
      start += space + after.length() - after.stripLeading().length();
      rest = after.strip();
    } else if (METHODS.contains(rest)) {
      complain(
          "HTTP005",
          line.span(),
          rest + " has no URL behind it",
          "Write " + rest + " http://127.0.0.1:8080/");
      method = rest;
      start += rest.length();
      rest = "";
    }
    Optional<String> version = version(rest);
    List<Template.Piece> url = new ArrayList<>(template(withoutVersion(rest), start).pieces());
    String last = withoutVersion(rest);
    while (version.isEmpty() && continues(last)) {
      Line more = lines.get(next++);
      String query = more.stripped();
      last = query;
      Optional<String> before = version;
      version = version(query).or(() -> before);
      url.addAll(
          template(withoutVersion(query), more.start() + more.text().indexOf(query)).pieces());
    }
    List<HttpFile.Header> headers = headers();
    HttpFile.Body body = body(method, headers);
    claimed.addAll(diagnostics.subList(complaints, diagnostics.size()));
    Line end = lines.get(Math.max(0, next - 1));
    return new HttpFile.Request(
        title,
        name,
        directives,
        method,
        new Template(url),
        version,
        headers,
        body,
        new Span(line.start(), Math.max(line.start(), end.start() + end.text().length())),
        before,
        after,
        refusal(complaints));
  }

  /** A curl command, as VS Code takes it: up to the next separator, without comments. */
  private HttpFile.Request command(
      Line line,
      String title,
      Optional<String> name,
      List<HttpFile.Directive> directives,
      int complaints) {
    StringBuilder command = new StringBuilder(line.text());
    while (next < lines.size() && !lines.get(next).isSeparator()) {
      Line more = lines.get(next);
      if (isHandler(more)) {
        next = handler(next);
        continue;
      }
      next++;
      // What begins the lines in front of it keeps its place, for references' spans.
      command.append('\n').append(more.isComment() ? "" : more.text());
    }
    Template text = template(command.toString(), line.start());
    claimed.addAll(diagnostics.subList(complaints, diagnostics.size()));
    String rest = line.stripped().substring(CURL.length()).strip();
    return new HttpFile.Request(
        title,
        name,
        directives,
        CURL,
        new Template(List.of(new Template.Piece.Text(rest))),
        Optional.empty(),
        List.of(),
        new HttpFile.Body(List.of(new HttpFile.Part.Text(text))),
        line.span(),
        before,
        after,
        refusal(complaints));
  }

  private Optional<Diagnostic> refusal(int complaints) {
    return diagnostics.size() > complaints
        ? Optional.of(diagnostics.get(complaints))
        : Optional.empty();
  }

  private static Optional<String> version(String target) {
    Matcher m = VERSION.matcher(target);
    return m.matches() ? Optional.of(m.group("version")) : Optional.empty();
  }

  private static String withoutVersion(String target) {
    Matcher m = VERSION.matcher(target);
    return m.matches() ? m.group("target") : target;
  }

  private static int blank(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isWhitespace(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether the next line goes on with the URL: it has what no header begins with, or is indented
   * and no header (JetBrains' HTTP request in editor specification, 3.2.1).
   */
  private boolean continues(String soFar) {
    int start = next;
    while (peek().filter(Line::isComment).isPresent()) {
      next++;
    }
    if (goesOn(soFar)) {
      lines.subList(start, next).forEach(this::lateExpect);
      return true;
    }
    next = start;
    return false;
  }

  private boolean goesOn(String soFar) {
    if (peek().filter(line -> "?&".indexOf((line.stripped() + " ").charAt(0)) >= 0).isPresent()) {
      return true;
    }
    return peek()
        .filter(line -> !line.isBlank() && Character.isWhitespace(line.text().charAt(0)))
        .map(Line::stripped)
        .filter(
            more ->
                soFar.endsWith("?")
                    || soFar.endsWith("&")
                    || !(HEADER.matcher(more).lookingAt() || LINES.matcher(more).matches()))
        .isPresent();
  }

  private List<HttpFile.Header> headers() {
    List<HttpFile.Header> headers = new ArrayList<>();
    while (next < lines.size() && !lines.get(next).isBlank() && !lines.get(next).isSeparator()) {
      Line line = lines.get(next++);
      Matcher variable = VARIABLE.matcher(line.stripped());
      if (line.isComment()) {
        lateExpect(line);
        continue;
      }
      if (variable.matches()) {
        variable(line, variable);
        continue;
      }
      if (isHandler(line)) {
        next = handler(next - 1);
        continue;
      }
      if (LINES.matcher(line.stripped()).matches()) {
        headers.add(
            new HttpFile.Header(
                "",
                template(line.stripped(), line.start() + line.text().indexOf("{{")),
                line.span()));
        continue;
      }
      int colon = line.text().indexOf(':');
      String name = colon < 0 ? "" : line.text().substring(0, colon).strip();
      if (ANOTHER.matcher(line.stripped()).matches()) {
        complain(
            "HTTP027",
            line.span(),
            "another request begins here, among the headers of the one above",
            BETWEEN);
        continue;
      }
      if (!TOKEN.matcher(name).matches()
          && Character.isWhitespace(line.text().charAt(0))
          && !headers.isEmpty()) {
        headers.add(folded(headers.removeLast(), line));
        continue;
      }
      if (!TOKEN.matcher(name).matches()) {
        complain(
            "HTTP006",
            line.span(),
            colon < 0 ? "this is no header" : "\"" + name + "\" cannot be a header's name",
            "Write Name: value; a body begins after an empty line.");
        continue;
      }
      String after = line.text().substring(colon + 1);
      int lead = after.length() - after.stripLeading().length();
      headers.add(
          new HttpFile.Header(
              name, template(after.strip(), line.start() + colon + 1 + lead), line.span()));
    }
    return headers;
  }

  /**
   * A header that goes on in the next line, which is indented (JetBrains' HTTP request in editor
   * specification, 3.2.3): it is sent in one, as RFC 9112, section 5.2 has it.
   */
  private HttpFile.Header folded(HttpFile.Header header, Line line) {
    String more = line.stripped();
    List<Template.Piece> pieces = new ArrayList<>(header.value().pieces());
    pieces.add(new Template.Piece.Text(" "));
    pieces.addAll(template(more, line.start() + line.text().indexOf(more)).pieces());
    return new HttpFile.Header(
        header.name(), new Template(pieces), new Span(header.span().start(), line.span().end()));
  }

  /**
   * Up to the next separator. Empty lines at its end are none of it, nor are comments anywhere in
   * it, nor variables behind it.
   */
  private HttpFile.Body body(String method, List<HttpFile.Header> headers) {
    int end = next;
    while (end < lines.size() && !lines.get(end).isSeparator()) {
      end++;
    }
    // One empty line ends the headers; what comes behind it is the body's.
    int first = Math.min(end, next + 1);
    int last = beforeVariables(first, end);
    boolean whole =
        headers.stream()
            .anyMatch(
                h ->
                    h.name().equalsIgnoreCase("Content-Type")
                        && h.value()
                            .toString()
                            .matches("(?i)(?:multipart|message|application/http).*"));
    next = end;
    List<HttpFile.Part> parts = new ArrayList<>();
    StringBuilder run = new StringBuilder();
    int runStart = first < lines.size() ? lines.get(first).start() : text.length();
    for (int i = first; i < last; i++) {
      Line line = lines.get(i);
      Matcher file = FILE.matcher(line.text());
      if (line.isComment()) {
        lateExpect(line);
        flush(run, runStart, parts);
        runStart = i + 1 < lines.size() ? lines.get(i + 1).start() : text.length();
        continue;
      }
      if (!whole && ANOTHER.matcher(line.stripped()).matches()) {
        complain(
            "HTTP027",
            line.span(),
            "this would be sent as a part of the body of " + method + " above",
            BETWEEN);
      }
      if (file.matches()) {
        flush(run, runStart, parts);
        parts.add(
            new HttpFile.Part.File(
                template(file.group(2).strip(), line.start() + file.start(2)),
                file.group(1).startsWith("@"),
                file.group(1).isEmpty() ? "" : file.group(1).substring(1),
                line.span()));
        runStart = i + 1 < lines.size() ? lines.get(i + 1).start() : text.length();
        if (i + 1 < last) {
          run.append('\n');
          runStart--;
        }
      } else if (isHandler(line)) {
        flush(run, runStart, parts);
        i = Math.min(handler(i), last) - 1;
        runStart = i + 1 < lines.size() ? lines.get(i + 1).start() : text.length();
      } else {
        run.append(line.text()).append(i + 1 < last ? "\n" : "");
      }
    }
    flush(run, runStart, parts);
    boolean blank =
        parts.stream()
            .allMatch(p -> p instanceof HttpFile.Part.Text(Template t) && t.toString().isBlank());
    return blank ? HttpFile.Body.NONE : new HttpFile.Body(withoutLastLineEnd(parts));
  }

  /** Comments and handlers that came behind it left the last line's end. */
  private static List<HttpFile.Part> withoutLastLineEnd(List<HttpFile.Part> parts) {
    if (!parts.isEmpty()
        && parts.getLast() instanceof HttpFile.Part.Text(Template template)
        && template.pieces().getLast() instanceof Template.Piece.Text(String text)
        && text.endsWith("\n")) {
      List<Template.Piece> pieces = new ArrayList<>(template.pieces());
      pieces.removeLast();
      if (!text.isBlank()) {
        pieces.add(new Template.Piece.Text(text.stripTrailing()));
      }
      List<HttpFile.Part> rest = new ArrayList<>(parts.subList(0, parts.size() - 1));
      if (!pieces.isEmpty()) {
        rest.add(new HttpFile.Part.Text(new Template(pieces)));
      }
      return rest;
    }
    return parts;
  }

  /** Where a body ends: before empty lines, comments, and variables behind an empty line. */
  private int beforeVariables(int first, int end) {
    int last = end;
    int at = end;
    while (at > first) {
      Line line = lines.get(at - 1);
      if (VARIABLE.matcher(line.stripped()).matches() && !line.isBlank()) {
        at--;
      } else if (line.isBlank() || line.isComment()) {
        at--;
        last = at;
      } else {
        break;
      }
    }
    last = at == first ? first : last;
    for (int i = last; i < end; i++) {
      Matcher variable = VARIABLE.matcher(lines.get(i).stripped());
      if (variable.matches()) {
        variable(lines.get(i), variable);
      }
      lateExpect(lines.get(i));
    }
    return last;
  }

  private static final Pattern FILE = Pattern.compile("<((?:@[\\w-]*)?)[ \\t]+(\\S.*)");

  /** A variable that is the header's name, or whole headers and the beginning of the body. */
  private static final Pattern LINES = Pattern.compile("\\{\\{[^{}]+\\}\\}.*");

  private static final Pattern SAVE = Pattern.compile("(>>!?)[ \\t]+(\\S.*)");

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][\\w-]*");

  /** Text may begin with {@code >} as well; these are what the editors take for theirs. */
  private static final Pattern HANDLER =
      Pattern.compile(
          ">[ \\t]*\\{%.*|>[ \\t]+\\S+\\.(?:m?js|ts)[ \\t]*|>>!?[ \\t]+\\S+[ \\t]*|<>[ \\t]+\\S.*|<[ \\t]*\\{%.*");

  private static boolean isHandler(Line line) {
    return HANDLER.matcher(line.text()).matches();
  }

  /**
   * What is run or written around a request; returns the line behind it. What is not done here is
   * said by its name.
   */
  private int handler(int at) {
    Line line = lines.get(at);
    String head = line.text();
    int end = at;
    if (line.text().contains("{%")) {
      while (end + 1 < lines.size()
          && !lines.get(end).text().contains("%}")
          && !lines.get(end + 1).isSeparator()) {
        end++;
      }
    }
    if (head.startsWith("<>")) {
      // An editor wrote there where it saved a response earlier; nothing is to be done.
      return end + 1;
    }
    Matcher save = SAVE.matcher(head);
    if (save.matches()) {
      after.add(
          new HttpFile.After.Save(
              template(save.group(2).strip(), line.start() + save.start(2)),
              save.group(1).endsWith("!"),
              line.span()));
    } else if (!head.contains("{%")) {
      complain(
          "HTTP007",
          line.span(),
          "scripts of files are not run here",
          "Write > {% client.global.set(\"name\", response.body.path) %}, or use the value of %%http in"
              + " a Java cell.");
    } else {
      int from = line.start() + head.indexOf("{%") + 2;
      int until = text.indexOf("%}", from);
      try {
        String script = text.substring(from, until < 0 ? text.length() : until);
        if (head.startsWith("<")) {
          before.add(Script.before(script, from));
        } else {
          after.add(new HttpFile.After.Run(Script.parse(script, from)));
        }
      } catch (MagicException e) {
        diagnostics.add(e.diagnostic());
      }
    }
    return end + 1;
  }

  private void flush(StringBuilder run, int start, List<HttpFile.Part> parts) {
    if (!run.isEmpty()) {
      parts.add(new HttpFile.Part.Text(template(run.toString(), start)));
      run.setLength(0);
    }
  }

  private Template template(String part, int offset) {
    Template template = Template.parse(part, Math.min(offset, text.length()));
    for (Template.Piece.Reference reference : template.references()) {
      if (!reference.closed()) {
        complain("HTTP008", reference.span(), "this reference has no end", "Write {{name}}.");
      } else if (reference.expression().isEmpty()) {
        complain("HTTP009", reference.span(), "this reference is empty", "Write {{name}}.");
      }
    }
    return template;
  }

  private void complain(String id, Span span, String message, String fix) {
    diagnostics.add(new Diagnostic(id, span, message, fix));
  }
}
