package wirebook.kernel.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonIOException;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSyntaxException;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.MimeBundle;

/**
 * An {@code .ipynb} file of format 4. What this does not know is kept as it is. Source: the schema
 * {@code nbformat.v4.5} of the nbformat project.
 */
public final class Notebook {
  private static final int FORMAT = 4;

  /** The first minor version that wants an id for each cell. */
  private static final int MINOR_WITH_IDS = 5;

  private static final String CELL_ID = "[a-zA-Z0-9-_]{1,64}";

  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().setPrettyPrinting().create();

  /** Where a reader stopped. */
  private static final Pattern PLACE = Pattern.compile("line \\d+ column \\d+");

  private final Path file;
  private final JsonObject json;
  private final List<Cell> cells;

  private Notebook(Path file, JsonObject json) throws NotebookException {
    this.file = file;
    this.json = json;
    this.cells = cells(file, json);
  }

  public static Notebook read(Path file) throws NotebookException {
    try {
      if (Files.isDirectory(file)) {
        throw new NotebookException(
            file, "is a folder; name the notebooks in it: " + file.resolve("*.ipynb"));
      }
      return parse(file, Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new NotebookException(file, "there is no such file");
    } catch (AccessDeniedException e) {
      throw new NotebookException(file, "may not be read: check its permissions");
    } catch (CharacterCodingException e) {
      throw new NotebookException(file, "is not UTF-8 text, so it is no notebook");
    } catch (IOException e) {
      throw new NotebookException(file, "cannot be read: " + e.getMessage());
    }
  }

  /**
   * @param file where the text came from; names the notebook, and relative paths start in its
   *     folder
   */
  public static Notebook parse(Path file, String text) throws NotebookException {
    if (text.isBlank()) {
      throw new NotebookException(file, "is empty");
    }
    JsonElement root = json(file, text);
    if (!(root instanceof JsonObject object)
        || !(object.get("nbformat") instanceof JsonPrimitive format)
        || !format.isNumber()) {
      throw new NotebookException(file, "is JSON, but no notebook: it has no \"nbformat\" number");
    }
    if (format.getAsInt() != FORMAT) {
      throw new NotebookException(
          file,
          "has the notebook format "
              + format
              + ", and only 4 is read"
              + (format.getAsInt() < FORMAT
                  ? ": convert it with jupyter nbconvert --to notebook --inplace"
                  : ": save it as that, with the program that made it"));
    }
    Notebook notebook = new Notebook(file, object);
    String language = notebook.language();
    if (!language.equals("java")) {
      throw new NotebookException(
          file, "is written in " + language + ", and this kernel runs java");
    }
    return notebook;
  }

  private static JsonElement json(Path file, String text) throws NotebookException {
    JsonReader reader =
        new JsonReader(new StringReader(text.startsWith("\ufeff") ? text.substring(1) : text));
    reader.setStrictness(Strictness.STRICT);
    try {
      JsonElement root = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new MalformedJsonException("more text after the end");
      }
      return root;
    } catch (JsonSyntaxException | JsonIOException | IOException | NumberFormatException e) {
      // Gson's own words are advice for programmers.
      Matcher place = PLACE.matcher(String.valueOf(e.getMessage()));
      throw new NotebookException(
          file, "is not valid JSON" + (place.find() ? ", at " + place.group() : ""));
    }
  }

  public Path file() {
    return file;
  }

  /** The file's name without its folders. */
  public String name() {
    return String.valueOf(file.getFileName());
  }

  /** Where the notebook's relative paths start. */
  public Path directory() {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  public List<Cell> cells() {
    return cells;
  }

  public List<Cell.Code> codeCells() {
    return cells.stream().filter(Cell.Code.class::isInstance).map(Cell.Code.class::cast).toList();
  }

  /** The outputs that the file has for a cell, of a run before. */
  public List<Output> storedOutputs(Cell.Code cell) {
    List<Output> outputs = new ArrayList<>();
    for (JsonElement output :
        array(jsonCells(json).get(cell.index()).getAsJsonObject(), "outputs")) {
      if (output instanceof JsonObject object) {
        output(object).ifPresent(outputs::add);
      }
    }
    return outputs;
  }

  /**
   * This notebook with the outputs of a run, as the text of a file of format 4.5 or later. Cells
   * without a report, and those that were to be skipped, stay as they were.
   */
  public String withOutputs(List<CellReport> reports) {
    JsonObject copy = json.deepCopy();
    if (integer(copy, "nbformat_minor") < MINOR_WITH_IDS) {
      copy.addProperty("nbformat_minor", MINOR_WITH_IDS);
    }
    object(copy, "metadata");
    JsonArray list = jsonCells(copy);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      JsonObject cell = list.get(i).getAsJsonObject();
      object(cell, "metadata");
      cell.addProperty("id", id(cell, i, ids));
      if (cells.get(i) instanceof Cell.Code) {
        array(cell, "outputs");
        if (!cell.has("execution_count")) {
          cell.add("execution_count", JsonNull.INSTANCE);
        }
      }
    }
    int count = 0;
    for (CellReport report : reports) {
      JsonObject cell = list.get(report.cell().index()).getAsJsonObject();
      switch (report.end()) {
        case CellReport.End.Skipped s -> {}
        case CellReport.End.NotRun n -> put(cell, JsonNull.INSTANCE, report.outputs());
        case CellReport.End.Passed p -> put(cell, new JsonPrimitive(++count), report.outputs());
        case CellReport.End.Failed f -> put(cell, new JsonPrimitive(++count), report.outputs());
        case CellReport.End.TimedOut t -> put(cell, new JsonPrimitive(++count), report.outputs());
      }
    }
    return write(copy);
  }

  private static void put(JsonObject cell, JsonElement count, List<Output> outputs) {
    cell.add("execution_count", count);
    JsonArray list = new JsonArray();
    outputs.forEach(output -> list.add(json(output)));
    cell.add("outputs", list);
  }

  /** As nbformat writes it: one blank a level, and a line end at the end. */
  private static String write(JsonObject notebook) {
    StringWriter text = new StringWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      writer.setIndent(" ");
      writer.setHtmlSafe(false);
      writer.setSerializeNulls(true);
      GSON.toJson(notebook, writer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.append('\n').toString();
  }

  /** The cell's own id, or one made from its place when it has none or another has the same. */
  private static String id(JsonObject cell, int index, Set<String> taken) {
    String id = text(cell, "id").filter(given -> given.matches(CELL_ID)).orElse("cell-" + index);
    while (!taken.add(id)) {
      id = "cell-" + index + "-" + taken.size();
    }
    return id;
  }

  private String language() {
    JsonObject metadata =
        json.get("metadata") instanceof JsonObject given ? given : new JsonObject();
    for (String part : List.of("kernelspec", "language_info")) {
      if (metadata.get(part) instanceof JsonObject object) {
        Optional<String> language =
            text(object, "language")
                .or(() -> text(object, "name").filter(n -> part.equals("language_info")));
        if (language.isPresent()) {
          return language.get();
        }
      }
    }
    return "java";
  }

  private static List<Cell> cells(Path file, JsonObject json) throws NotebookException {
    if (!(json.get("cells") instanceof JsonArray list)) {
      throw new NotebookException(file, "has no list of cells");
    }
    List<Cell> cells = new ArrayList<>();
    int number = 0;
    for (int i = 0; i < list.size(); i++) {
      if (!(list.get(i) instanceof JsonObject cell)) {
        throw new NotebookException(file, "cell " + (i + 1) + " is no JSON object");
      }
      Optional<String> source = multiline(cell.get("source"));
      if (source.isEmpty()) {
        throw new NotebookException(file, "cell " + (i + 1) + " has no \"source\" text");
      }
      cells.add(
          switch (text(cell, "cell_type").orElse("")) {
            case "code" ->
                new Cell.Code(++number, i, source.get(), tags(cell), expected(file, cell, i));
            case "markdown" -> new Cell.Markdown(source.get(), attachments(cell));
            case "raw" -> new Cell.Raw(source.get());
            default ->
                throw new NotebookException(
                    file,
                    "cell "
                        + (i + 1)
                        + " is neither code nor markdown nor raw, but: "
                        + cell.get("cell_type"));
          });
    }
    return List.copyOf(cells);
  }

  private static List<String> tags(JsonObject cell) {
    List<String> tags = new ArrayList<>();
    if (cell.get("metadata") instanceof JsonObject metadata
        && metadata.get("tags") instanceof JsonArray list) {
      list.forEach(tag -> multiline(tag).ifPresent(tags::add));
    }
    return tags;
  }

  private static List<Pattern> expected(Path file, JsonObject cell, int index)
      throws NotebookException {
    List<Pattern> expected = new ArrayList<>();
    if (cell.get("metadata") instanceof JsonObject metadata
        && metadata.get("wirebook") instanceof JsonObject own
        && own.get("expect") instanceof JsonArray list) {
      for (JsonElement each : list) {
        String regex = multiline(each).orElse("");
        try {
          expected.add(Pattern.compile(regex, Pattern.MULTILINE));
        } catch (PatternSyntaxException e) {
          throw new NotebookException(
              file,
              "cell "
                  + (index + 1)
                  + " expects what is no regular expression: "
                  + regex
                  + ": "
                  + e.getDescription());
        }
      }
    }
    return expected;
  }

  private static Map<String, Map<String, String>> attachments(JsonObject cell) {
    Map<String, Map<String, String>> attachments = new LinkedHashMap<>();
    if (cell.get("attachments") instanceof JsonObject files) {
      files
          .entrySet()
          .forEach(
              file -> {
                if (file.getValue() instanceof JsonObject data) {
                  attachments.put(file.getKey(), data(data));
                }
              });
    }
    return attachments;
  }

  private static Map<String, String> data(JsonObject bundle) {
    Map<String, String> data = new LinkedHashMap<>();
    bundle
        .entrySet()
        .forEach(
            entry ->
                data.put(
                    entry.getKey(),
                    multiline(entry.getValue()).orElseGet(() -> entry.getValue().toString())));
    return data;
  }

  private static Optional<Output> output(JsonObject output) {
    return switch (text(output, "output_type").orElse("")) {
      case "stream" ->
          Optional.of(
              new Output.Text(
                  text(output, "name").orElse("").equals("stderr")
                      ? CellOutput.Stream.STDERR
                      : CellOutput.Stream.STDOUT,
                  multiline(output.get("text")).orElse("")));
      case "display_data" -> Optional.of(new Output.Shown(bundle(output), Optional.empty()));
      case "execute_result" ->
          Optional.of(new Output.Result(bundle(output), integer(output, "execution_count")));
      case "error" -> {
        List<String> traceback = new ArrayList<>();
        array(output, "traceback").forEach(line -> multiline(line).ifPresent(traceback::add));
        yield Optional.of(
            new Output.Failed(
                text(output, "ename").orElse(""), text(output, "evalue").orElse(""), traceback));
      }
      default -> Optional.empty();
    };
  }

  private static MimeBundle bundle(JsonObject output) {
    Map<String, String> data =
        output.get("data") instanceof JsonObject bundle ? data(bundle) : new LinkedHashMap<>();
    data.putIfAbsent(MimeBundle.TEXT, "");
    return new MimeBundle(data);
  }

  private static JsonObject json(Output output) {
    JsonObject json = new JsonObject();
    switch (output) {
      case Output.Text(CellOutput.Stream stream, String text) -> {
        json.addProperty("output_type", "stream");
        json.addProperty("name", stream == CellOutput.Stream.STDERR ? "stderr" : "stdout");
        json.add("text", lines(text));
      }
      case Output.Shown shown -> {
        json.addProperty("output_type", "display_data");
        json.add("data", json(shown.bundle()));
        json.add("metadata", new JsonObject());
      }
      case Output.Result result -> {
        json.addProperty("output_type", "execute_result");
        json.addProperty("execution_count", result.executionCount());
        json.add("data", json(result.bundle()));
        json.add("metadata", new JsonObject());
      }
      case Output.Failed(String name, String message, List<String> traceback) -> {
        json.addProperty("output_type", "error");
        json.addProperty("ename", name);
        json.addProperty("evalue", message);
        JsonArray lines = new JsonArray();
        traceback.forEach(lines::add);
        json.add("traceback", lines);
      }
    }
    return json;
  }

  /** In the schema's forms: text by lines, JSON as JSON, the rest in one string. */
  private static JsonObject json(MimeBundle bundle) {
    JsonObject data = new JsonObject();
    bundle
        .data()
        .forEach(
            (type, content) -> {
              if (type.equals("application/json") || type.endsWith("+json")) {
                data.add(type, JsonParser.parseString(content));
              } else if (type.startsWith("text/") || type.endsWith("+xml")) {
                data.add(type, lines(content));
              } else {
                data.addProperty(type, content);
              }
            });
    return data;
  }

  /** A text as the format likes it for the eyes of a diff: a list of lines with their ends. */
  private static JsonArray lines(String text) {
    JsonArray lines = new JsonArray();
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start) + 1;
      end = end == 0 ? text.length() : end;
      lines.add(text.substring(start, end));
      start = end;
    }
    return lines;
  }

  /** A text that may be written as a list of lines. */
  private static Optional<String> multiline(@Nullable JsonElement element) {
    if (element instanceof JsonPrimitive text && text.isString()) {
      return Optional.of(text.getAsString());
    }
    if (element instanceof JsonArray lines) {
      StringBuilder joined = new StringBuilder();
      for (JsonElement line : lines) {
        if (!(line instanceof JsonPrimitive text) || !text.isString()) {
          return Optional.empty();
        }
        joined.append(text.getAsString());
      }
      return Optional.of(joined.toString());
    }
    return Optional.empty();
  }

  private static Optional<String> text(JsonObject object, String name) {
    return object.get(name) instanceof JsonPrimitive text && text.isString()
        ? Optional.of(text.getAsString())
        : Optional.empty();
  }

  private static int integer(JsonObject object, String name) {
    return object.get(name) instanceof JsonPrimitive number && number.isNumber()
        ? number.getAsInt()
        : 0;
  }

  /** The array of that name, which is put there when it is missing. */
  private static JsonArray array(JsonObject object, String name) {
    if (object.get(name) instanceof JsonArray array) {
      return array;
    }
    JsonArray array = new JsonArray();
    object.add(name, array);
    return array;
  }

  private static JsonObject object(JsonObject object, String name) {
    if (object.get(name) instanceof JsonObject inner) {
      return inner;
    }
    JsonObject inner = new JsonObject();
    object.add(name, inner);
    return inner;
  }

  private static JsonArray jsonCells(JsonObject notebook) {
    return notebook.getAsJsonArray("cells");
  }
}
