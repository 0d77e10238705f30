package wirebook.kernel.run;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Path;

/** Makes notebooks for tests. */
final class Notebooks {
  private final JsonArray cells = new JsonArray();

  static Notebooks notebook() {
    return new Notebooks();
  }

  Notebooks code(String source, String... tags) {
    JsonObject cell = cell("code", source);
    JsonArray list = new JsonArray();
    for (String tag : tags) {
      list.add(tag);
    }
    cell.getAsJsonObject("metadata").add("tags", list);
    cell.add("outputs", new JsonArray());
    cell.add("execution_count", com.google.gson.JsonNull.INSTANCE);
    return this;
  }

  /** A code cell that prints what it is, and whose output must have each of these. */
  Notebooks expecting(String source, String... expected) {
    code(source);
    JsonArray list = new JsonArray();
    for (String each : expected) {
      list.add(each);
    }
    JsonObject own = new JsonObject();
    own.add("expect", list);
    cells.get(cells.size() - 1).getAsJsonObject().getAsJsonObject("metadata").add("wirebook", own);
    return this;
  }

  Notebooks markdown(String source) {
    cell("markdown", source);
    return this;
  }

  private JsonObject cell(String type, String source) {
    JsonObject cell = new JsonObject();
    cell.addProperty("cell_type", type);
    cell.addProperty("id", "id-" + cells.size());
    cell.add("metadata", new JsonObject());
    cell.addProperty("source", source);
    cells.add(cell);
    return cell;
  }

  String text() {
    JsonObject notebook = new JsonObject();
    notebook.add("cells", cells);
    notebook.add("metadata", new JsonObject());
    notebook.addProperty("nbformat", 4);
    notebook.addProperty("nbformat_minor", 5);
    return notebook.toString();
  }

  NotebookFile parsed(Path file) throws NotebookException {
    return NotebookFile.parse(file, text());
  }

  NotebookFile parsed() throws NotebookException {
    return parsed(Path.of("some.ipynb"));
  }
}
