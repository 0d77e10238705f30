package wirebook.engine.http.file;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.JsonPath;

/**
 * A response handler, {@code > {% … %}}, or what runs ahead of a request, {@code < {% … %}}: what
 * the editors run as JavaScript, and here as exactly this: {@code client.global.set}, {@code
 * request.variables.set}, {@code client.test}, {@code client.assert}, {@code client.log},
 * variables, {@code if}, and expressions over {@code response}. What is more is refused when the
 * file is read.
 */
public final class Script {
  private static final JsonElement NULL = JsonNull.INSTANCE;

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
    JsonElement of(Run run);
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
    private final Map<String, JsonElement> locals = new HashMap<>();
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

    void local(String name, JsonElement value) {
      locals.put(name, value);
    }

    Optional<JsonElement> local(String name) {
      return Optional.ofNullable(locals.get(name));
    }

    void global(String name, JsonElement value) {
      globals.put(name, text(value));
    }

    JsonElement global(String name) {
      String value = globals.get(name);
      return value == null ? NULL : new JsonPrimitive(value);
    }

    void forget(Optional<String> name) {
      name.ifPresentOrElse(globals::remove, globals::clear);
    }

    void log(JsonElement value) {
      log.accept(text(value));
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
    void own(String name, JsonElement value) {
      own.put(name, text(value));
    }

    JsonElement own(String name) {
      String value = own.get(name);
      return value == null ? NULL : new JsonPrimitive(value);
    }

    JsonElement response(String part) {
      HttpResponse response = this.response.orElseThrow();
      return switch (part) {
        case "status" -> new JsonPrimitive(response.status());
        case "body" -> {
          try {
            yield JsonPath.parse(response.body());
          } catch (JsonParseException e) {
            yield new JsonPrimitive(response.body());
          }
        }
        case "contentType" -> {
          JsonObject type = new JsonObject();
          type.addProperty("mimeType", response.contentType());
          type.addProperty("charset", response.charset().name());
          yield type;
        }
        default -> {
          JsonObject headers = new JsonObject();
          response.headers().forEach(h -> headers.addProperty(h.name(), h.value()));
          yield headers;
        }
      };
    }

    JsonElement header(String name) {
      return response.orElseThrow().header(name).<JsonElement>map(JsonPrimitive::new).orElse(NULL);
    }

    JsonElement headers(String name) {
      JsonArray all = new JsonArray();
      response.orElseThrow().headers(name).forEach(all::add);
      return all;
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

  static boolean truth(JsonElement value) {
    if (value instanceof JsonPrimitive p) {
      return p.isBoolean()
          ? p.getAsBoolean()
          : p.isNumber() ? p.getAsDouble() != 0 : !p.getAsString().isEmpty();
    }
    return !value.isJsonNull();
  }

  static String text(JsonElement value) {
    return JsonPath.text(value);
  }

  /** A member of an object, an element of an array, the length of either or of a string. */
  static JsonElement member(JsonElement of, String name) {
    if (of instanceof JsonObject object && object.has(name)) {
      return object.get(name);
    }
    if (of instanceof JsonArray array) {
      if (name.equals("length")) {
        return new JsonPrimitive(array.size());
      }
      if (name.matches("\\d{1,9}") && Integer.parseInt(name) < array.size()) {
        return array.get(Integer.parseInt(name));
      }
    }
    if (of instanceof JsonPrimitive p && p.isString() && name.equals("length")) {
      return new JsonPrimitive(p.getAsString().length());
    }
    if (of.isJsonNull()) {
      throw new Broken("there is no " + name + ", as there is nothing to have it");
    }
    return NULL;
  }

  static boolean equal(JsonElement a, JsonElement b, boolean strictly) {
    if (a.equals(b)) {
      return true;
    }
    if (a instanceof JsonPrimitive x && b instanceof JsonPrimitive y) {
      boolean numbers = x.isNumber() && y.isNumber();
      return (numbers || (!strictly && x.isNumber() != y.isNumber()))
          && number(a).flatMap(n -> number(b).map(m -> n.compareTo(m) == 0)).orElse(false);
    }
    return false;
  }

  static boolean less(JsonElement a, JsonElement b, boolean orEqual) {
    Optional<Integer> order = number(a).flatMap(n -> number(b).map(n::compareTo));
    int o = order.orElseGet(() -> text(a).compareTo(text(b)));
    return o < 0 || (orEqual && o == 0);
  }

  static Optional<BigDecimal> number(JsonElement value) {
    try {
      return value instanceof JsonPrimitive p && !p.isBoolean()
          ? Optional.of(new BigDecimal(p.getAsString().strip()))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  static JsonElement plus(JsonElement a, JsonElement b) {
    if (a instanceof JsonPrimitive x
        && x.isNumber()
        && b instanceof JsonPrimitive y
        && y.isNumber()) {
      return new JsonPrimitive(x.getAsBigDecimal().add(y.getAsBigDecimal()));
    }
    return new JsonPrimitive(text(a) + text(b));
  }
}
