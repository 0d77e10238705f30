package wirebook.engine.http.file;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import wirebook.codec.Json;
import wirebook.engine.http.HttpResponse;

/**
 * A response handler, {@code > {% … %}}, or what runs ahead of a request, {@code < {% … %}}: what
 * the editors run as JavaScript, and here as exactly this: {@code client.global.set}, {@code
 * request.variables.set}, {@code client.test}, {@code client.assert}, {@code client.log},
 * variables, {@code if}, and expressions over {@code response}. What is more is refused when the
 * file is read.
 */
public final class Script {
  private static final Json NULL = Json.Null.VALUE;

  private final List<Statement> statements;

  private Script(List<Statement> statements) {
    this.statements = List.copyOf(statements);
  }

  /**
   * @param offset where the text begins in the file
   * @throws wirebook.spi.MagicException at what is not done here
   */
  static Script parse(String text, int offset) {
    return new Script(new ScriptParser(text, offset, true).statements());
  }

  /** One that runs ahead of its request, {@code < {% … %}}, and so without a response. */
  static Script before(String text, int offset) {
    return new Script(new ScriptParser(text, offset, false).statements());
  }

  /** What a handler does. */
  interface Statement {
    void run(Run run);
  }

  /** What an expression is. */
  interface Value {
    Json of(Run run);
  }

  /** An assertion that did not hold ends its test, or else the handler. */
  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Broken(String message) {
      super(message, null, false, false);
    }
  }

  /** One run of a handler: what it sees, and what came of it. */
  static final class Run {
    private final Optional<HttpResponse> response;
    private final Map<String, String> own;
    private final Map<String, Json> locals = new HashMap<>();
    private final Map<String, String> globals;
    private final Consumer<String> log;
    private final List<Check> checks = new ArrayList<>();

    private Run(
        Optional<HttpResponse> response,
        Map<String, String> own,
        Map<String, String> globals,
        Consumer<String> log) {
      this.response = response;
      this.own = own;
      this.globals = globals;
      this.log = log;
    }

    void local(String name, Json value) {
      locals.put(name, value);
    }

    Optional<Json> local(String name) {
      return Optional.ofNullable(locals.get(name));
    }

    void global(String name, Json value) {
      globals.put(name, value.text());
    }

    Json global(String name) {
      String value = globals.get(name);
      return value == null ? NULL : Json.of(value);
    }

    void forget(Optional<String> name) {
      name.ifPresentOrElse(globals::remove, globals::clear);
    }

    void log(Json value) {
      log.accept(value.text());
    }

    void test(String name, List<Statement> statements) {
      try {
        statements.forEach(s -> s.run(this));
        checks.add(new Check(name, true, ""));
      } catch (Broken e) {
        checks.add(new Check(name, false, String.valueOf(e.getMessage())));
      }
    }

    void check(boolean holds, String otherwise) {
      if (!holds) {
        throw new Broken(otherwise.isEmpty() ? "the assertion does not hold" : otherwise);
      }
    }

    /** A variable of this request alone. */
    void own(String name, Json value) {
      own.put(name, value.text());
    }

    Json own(String name) {
      String value = own.get(name);
      return value == null ? NULL : Json.of(value);
    }

    Json response(String part) {
      HttpResponse response = this.response.orElseThrow();
      return switch (part) {
        case "status" -> Json.of(response.status());
        case "body" -> {
          try {
            yield Json.parse(response.body());
          } catch (Json.Malformed e) {
            yield Json.of(response.body());
          }
        }
        case "contentType" ->
            Json.object("mimeType", response.contentType(), "charset", response.charset().name());
        default -> {
          Map<String, Json> headers = new LinkedHashMap<>();
          response.headers().forEach(h -> headers.put(h.name(), Json.of(h.value())));
          yield new Json.Obj(headers);
        }
      };
    }

    Json header(String name) {
      return response.orElseThrow().header(name).map(Json::of).orElse(NULL);
    }

    Json headers(String name) {
      return Json.texts(response.orElseThrow().headers(name));
    }
  }

  /**
   * Runs it.
   *
   * @param response what the request was answered, nothing ahead of it
   * @param own the variables of its request
   * @param globals what {@code client.global} keeps, for this and later requests
   * @param log takes what {@code client.log} says
   * @return a line for each test, and for an assertion outside of one that did not hold
   */
  List<Check> run(
      Optional<HttpResponse> response,
      Map<String, String> own,
      Map<String, String> globals,
      Consumer<String> log) {
    Run run = new Run(response, own, globals, log);
    try {
      statements.forEach(s -> s.run(run));
    } catch (Broken e) {
      run.checks.add(
          new Check(
              response.isEmpty() ? "the script" : "the response handler",
              false,
              String.valueOf(e.getMessage())));
    }
    return List.copyOf(run.checks);
  }

  // ---- values as JavaScript has them -----------------------------------------------------------

  static boolean truth(Json value) {
    return switch (value) {
      case Json.Null _ -> false;
      case Json.Bool(boolean is) -> is;
      case Json.Num number -> number.real() != 0;
      case Json.Text(String text) -> !text.isEmpty();
      case Json.Arr _, Json.Obj _ -> true;
    };
  }

  /** A member of an object, an element of an array, the length of either or of a string. */
  static Json member(Json of, String name) {
    if (of instanceof Json.Obj object && object.has(name)) {
      return object.get(name);
    }
    if (of instanceof Json.Arr(List<Json> array)) {
      if (name.equals("length")) {
        return Json.of(array.size());
      }
      if (name.matches("\\d{1,9}") && Integer.parseInt(name) < array.size()) {
        return array.get(Integer.parseInt(name));
      }
    }
    if (of instanceof Json.Text(String text) && name.equals("length")) {
      return Json.of(text.length());
    }
    if (of instanceof Json.Null) {
      throw new Broken("there is no " + name + ", as there is nothing to have it");
    }
    return NULL;
  }

  static boolean equal(Json a, Json b, boolean strictly) {
    if (a.equals(b)) {
      return true;
    }
    return !strictly
        && a instanceof Json.Num != b instanceof Json.Num
        && number(a).flatMap(n -> number(b).map(m -> n.compareTo(m) == 0)).orElse(false);
  }

  static boolean less(Json a, Json b, boolean orEqual) {
    Optional<Integer> order = number(a).flatMap(n -> number(b).map(n::compareTo));
    int o = order.orElseGet(() -> a.text().compareTo(b.text()));
    return o < 0 || (orEqual && o == 0);
  }

  static Optional<BigDecimal> number(Json value) {
    return switch (value) {
      case Json.Num number -> number.decimal();
      case Json.Text(String text) -> new Json.Num(text.strip()).decimal();
      case Json.Null _, Json.Bool _, Json.Arr _, Json.Obj _ -> Optional.empty();
    };
  }

  static Json plus(Json a, Json b) {
    if (a instanceof Json.Num x && b instanceof Json.Num y) {
      Optional<Json> sum = x.decimal().flatMap(n -> y.decimal().map(m -> Json.of(n.add(m))));
      return sum.orElseGet(() -> Json.of(x.real() + y.real()));
    }
    return Json.of(a.text() + b.text());
  }
}
