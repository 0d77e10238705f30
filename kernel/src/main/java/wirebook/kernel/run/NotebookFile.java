package wirebook.kernel.run;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import wirebook.codec.Json;
import wirebook.codec.JsonStyle;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.MimeBundle;

/**
 * An {@code .ipynb} file of format 4. What this does not know is kept as it is. Source: the schema
 * {@code nbformat.v4.5} of the nbformat project.
 */
public final class NotebookFile {
  private static final int FORMAT = 4;

  /** The first minor version that wants an id for each cell. */
  private static final int MINOR_WITH_IDS = 5;

  private static final String CELL_ID = "[a-zA-Z0-9-_]{1,64}";

  /** As nbformat writes it: one blank a level. */
  private static final JsonStyle STYLE = JsonStyle.INDENTED.withIndent(" ");

  private final Path file;
  private final Json.Obj json;
  private final List<NotebookCell> cells;

  private NotebookFile(Path file, Json.Obj json) throws NotebookException {
    this.file = file;
    this.json = json;
    this.cells = cells(file, json);
  }

  public static NotebookFile read(Path file) throws NotebookException {
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
  public static NotebookFile parse(Path file, String text) throws NotebookException {
    if (text.isBlank()) {
      throw new NotebookException(file, "is empty");
    }
    Json root = json(file, text);
    if (!(root instanceof Json.Obj object) || object.integer("nbformat").isEmpty()) {
      throw new NotebookException(file, "is JSON, but no notebook: it has no \"nbformat\" number");
    }
    int format = object.integer("nbformat").get();
    if (format != FORMAT) {
      throw new NotebookException(
          file,
          "has the notebook format %s, and only 4 is read%s"
              .formatted(
                  format,
                  format < FORMAT
                      ? ": convert it with jupyter nbconvert --to notebook --inplace"
                      : ": save it as that, with the program that made it"));
    }
    NotebookFile notebook = new NotebookFile(file, object);
    String language = notebook.language();
    if (!language.equals("java")) {
      throw new NotebookException(
          file, "is written in " + language + ", and this kernel runs java");
    }
    return notebook;
  }

  private static Json json(Path file, String text) throws NotebookException {
    try {
      return Json.parse(text.startsWith("\ufeff") ? text.substring(1) : text);
    } catch (Json.Malformed e) {
      throw new NotebookException(file, "is not valid JSON, at " + e.place());
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

  public List<NotebookCell> cells() {
    return cells;
  }

  public List<NotebookCell.Code> codeCells() {
    return cells.stream()
        .filter(NotebookCell.Code.class::isInstance)
        .map(NotebookCell.Code.class::cast)
        .toList();
  }

  /**
   * This notebook with the outputs of a run, as the text of a file of format 4.5 or later. Cells
   * without a report stay as they were; an output of one that did not run here is of nobody knows
   * which run, and goes.
   */
  public String withOutputs(List<CellReport> reports) {
    Map<Integer, CellReport> byCell = new HashMap<>();
    reports.forEach(report -> byCell.put(report.cell().index(), report));
    List<Json> list = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    int count = 0;
    for (Json each : json.items("cells")) {
      int index = list.size();
      Json.Obj cell = withObject((Json.Obj) each, "metadata");
      cell = cell.with("id", Json.of(id(cell, index, ids)));
      if (cells.get(index) instanceof NotebookCell.Code) {
        cell = cell.with("outputs", Json.of(cell.items("outputs")));
        cell = cell.with("execution_count", cell.get("execution_count"));
      }
      CellReport report = byCell.get(index);
      if (report != null) {
        cell =
            switch (report.end()) {
              case CellReport.End.Skipped _, CellReport.End.NotRun _ ->
                  with(cell, Json.Null.VALUE, report.outputs());
              case CellReport.End.Passed _, CellReport.End.Failed _, CellReport.End.TimedOut _ ->
                  with(cell, Json.of(++count), report.outputs());
            };
      }
      list.add(cell);
    }
    Json.Obj written = withObject(json, "metadata").with("cells", Json.of(list));
    int minor = json.integer("nbformat_minor").orElse(0);
    return written.with("nbformat_minor", Json.of(Math.max(minor, MINOR_WITH_IDS))).write(STYLE)
        + "\n";
  }

  private static Json.Obj with(Json.Obj cell, Json count, List<NotebookOutput> outputs) {
    return cell.with("execution_count", count)
        .with("outputs", Json.of(outputs.stream().map(NotebookFile::json).toList()));
  }

  /** With an object of that name, put there when it is missing. */
  private static Json.Obj withObject(Json.Obj json, String name) {
    return json.with(name, json.object(name));
  }

  /** The cell's own id, or one made from its place when it has none or another has the same. */
  private static String id(Json.Obj cell, int index, Set<String> taken) {
    String id = cell.text("id").filter(given -> given.matches(CELL_ID)).orElse("cell-" + index);
    while (!taken.add(id)) {
      id = "cell-" + index + "-" + taken.size();
    }
    return id;
  }

  private String language() {
    Json.Obj metadata = json.object("metadata");
    for (String part : List.of("kernelspec", "language_info")) {
      if (metadata.get(part) instanceof Json.Obj object) {
        Optional<String> language =
            object
                .text("language")
                .or(() -> object.text("name").filter(n -> part.equals("language_info")));
        if (language.isPresent()) {
          return language.get();
        }
      }
    }
    return "java";
  }

  private static List<NotebookCell> cells(Path file, Json.Obj json) throws NotebookException {
    if (!(json.get("cells") instanceof Json.Arr(List<Json> list))) {
      throw new NotebookException(file, "has no list of cells");
    }
    List<NotebookCell> cells = new ArrayList<>();
    int number = 0;
    for (int i = 0; i < list.size(); i++) {
      if (!(list.get(i) instanceof Json.Obj cell)) {
        throw new NotebookException(file, "cell " + (i + 1) + " is no JSON object");
      }
      Optional<String> source = multiline(cell.get("source"));
      if (source.isEmpty()) {
        throw new NotebookException(file, "cell " + (i + 1) + " has no \"source\" text");
      }
      cells.add(
          switch (cell.text("cell_type").orElse("")) {
            case "code" ->
                new NotebookCell.Code(
                    ++number, i, source.get(), tags(cell), expected(file, cell, i));
            case "markdown" -> new NotebookCell.Markdown(source.get(), attachments(cell));
            case "raw" -> new NotebookCell.Raw(source.get());
            default ->
                throw new NotebookException(
                    file,
                    "cell %s is neither code nor markdown nor raw, but: %s"
                        .formatted(
                            i + 1,
                            cell.has("cell_type") ? cell.get("cell_type").write() : "nothing"));
          });
    }
    return List.copyOf(cells);
  }

  private static List<String> tags(Json.Obj cell) {
    List<String> tags = new ArrayList<>();
    cell.object("metadata").items("tags").forEach(tag -> multiline(tag).ifPresent(tags::add));
    return tags;
  }

  private static List<Pattern> expected(Path file, Json.Obj cell, int index)
      throws NotebookException {
    List<Pattern> expected = new ArrayList<>();
    for (Json each : cell.object("metadata").object("wirebook").items("expect")) {
      String regex = multiline(each).orElse("");
      try {
        expected.add(Pattern.compile(regex, Pattern.MULTILINE));
      } catch (PatternSyntaxException e) {
        throw new NotebookException(
            file,
            "cell %s expects what is no regular expression: %s: %s"
                .formatted(index + 1, regex, e.getDescription()));
      }
    }
    return expected;
  }

  private static Map<String, Map<String, String>> attachments(Json.Obj cell) {
    Map<String, Map<String, String>> attachments = new LinkedHashMap<>();
    cell.object("attachments")
        .members()
        .forEach(
            (name, file) -> {
              if (file instanceof Json.Obj data) {
                attachments.put(name, data(data));
              }
            });
    return attachments;
  }

  private static Map<String, String> data(Json.Obj bundle) {
    Map<String, String> data = new LinkedHashMap<>();
    bundle.members().forEach((type, of) -> data.put(type, multiline(of).orElseGet(of::write)));
    return data;
  }

  private static Json json(NotebookOutput output) {
    return switch (output) {
      case NotebookOutput.Text(CellOutput.Stream stream, String text) ->
          Json.object(
              "output_type",
              "stream",
              "name",
              stream == CellOutput.Stream.STDERR ? "stderr" : "stdout",
              "text",
              lines(text));
      case NotebookOutput.Shown shown ->
          Json.object(
              "output_type",
              "display_data",
              "data",
              json(shown.bundle()),
              "metadata",
              Json.Obj.EMPTY);
      case NotebookOutput.Result result ->
          Json.object(
              "output_type",
              "execute_result",
              "execution_count",
              result.executionCount(),
              "data",
              json(result.bundle()),
              "metadata",
              Json.Obj.EMPTY);
      case NotebookOutput.Failed(String name, String message, List<String> traceback) ->
          Json.object(
              "output_type",
              "error",
              "ename",
              name,
              "evalue",
              message,
              "traceback",
              Json.texts(traceback));
    };
  }

  /** In the schema's forms: text by lines, JSON as JSON, the rest in one string. */
  private static Json json(MimeBundle bundle) {
    Map<String, Json> data = new LinkedHashMap<>();
    bundle
        .data()
        .forEach(
            (type, content) -> {
              Json text = Json.of(content);
              if (type.equals("application/json") || type.endsWith("+json")) {
                data.put(type, Json.read(content).orElse(text));
              } else if (type.startsWith("text/") || type.endsWith("+xml")) {
                data.put(type, lines(content));
              } else {
                data.put(type, text);
              }
            });
    return new Json.Obj(data);
  }

  /** A text as the format likes it for the eyes of a diff: a list of lines with their ends. */
  private static Json lines(String text) {
    return Json.texts(text.isEmpty() ? List.of() : List.of(text.split("(?<=\n)")));
  }

  /** A text that may be written as a list of lines. */
  private static Optional<String> multiline(Json json) {
    return switch (json) {
      case Json.Text(String text) -> Optional.of(text);
      case Json.Arr(List<Json> lines) when lines.stream().allMatch(Json.Text.class::isInstance) ->
          Optional.of(lines.stream().map(Json::text).collect(Collectors.joining()));
      case Json.Arr _, Json.Obj _, Json.Num _, Json.Bool _, Json.Null _ -> Optional.empty();
    };
  }
}
