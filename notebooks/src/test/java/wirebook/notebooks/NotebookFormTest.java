package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * A notebook that is opened and saved without an edit is the same file: else the next {@code git
 * pull} of a class stops. {@code -Dwirebook.accept=true} rewrites those that are not.
 */
class NotebookFormTest {
  private static final Gson SCALARS =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

  /** What the kernel says of itself, which Jupyter writes into a notebook. */
  private static final String METADATA =
      """
      {"kernelspec": {"display_name": "Wirebook (Java 25)", "language": "java", "name": "wirebook"},
       "language_info": {"codemirror_mode": "text/x-java", "file_extension": ".java",
         "mimetype": "text/x-java-source", "name": "java", "nbconvert_exporter": "script",
         "pygments_lexer": "xtend", "version": "25"}}
      """;

  @Test
  void eachIsStoredAsJupyterSavesIt() throws Exception {
    for (Path lab : Labs.all()) {
      String stored = Files.readString(lab);
      JsonObject notebook = JsonParser.parseString(stored).getAsJsonObject();
      notebook.add("metadata", JsonParser.parseString(METADATA));
      notebook.addProperty("nbformat", 4);
      notebook.addProperty("nbformat_minor", 5);
      for (JsonElement cell : notebook.getAsJsonArray("cells")) {
        if (cell.getAsJsonObject().get("cell_type").getAsString().equals("code")) {
          cell.getAsJsonObject().add("execution_count", null);
          cell.getAsJsonObject().add("outputs", new JsonArray());
        }
      }
      String saved = written(notebook, "\n") + "\n";
      if (Boolean.getBoolean("wirebook.accept")) {
        Files.writeString(lab, saved);
      } else {
        assertThat(stored).as("%s; -Dwirebook.accept=true rewrites it", lab).isEqualTo(saved);
      }
    }
  }

  /** As nbformat writes: keys in order, one blank a level, nothing beyond ASCII escaped. */
  private static String written(JsonElement value, String line) {
    String deeper = line + " ";
    return switch (value) {
      case JsonObject object when !object.isEmpty() ->
          new TreeMap<>(object.asMap())
              .entrySet().stream()
                  .map(
                      (Map.Entry<String, JsonElement> e) ->
                          SCALARS.toJson(e.getKey()) + ": " + written(e.getValue(), deeper))
                  .collect(Collectors.joining("," + deeper, "{" + deeper, line + "}"));
      case JsonArray array when !array.isEmpty() ->
          array.asList().stream()
              .map(element -> written(element, deeper))
              .collect(Collectors.joining("," + deeper, "[" + deeper, line + "]"));
      default -> SCALARS.toJson(value);
    };
  }
}
